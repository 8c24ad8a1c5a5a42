#include "nasnet/base/error.h"
#include "nasnet/search/evaluators/evaluator_kind.h"

namespace nasnet::search {

/// Stands in the studies of nasnet::run_search(), whose reward is a function of its caller.
EvaluatorKind reward_evaluator() {
  return {.name = "reward",
          .help = "a program of its own gives the rewards (run_search of the library)",
          .serves = [](const space::SearchSpace&) { return true; },
          .make = [](const AnySettings&, const EvaluatorSetup&) -> std::unique_ptr<Evaluator> {
            throw InputError(
                "--evaluator reward: only the program that made the study can evaluate its "
                "candidates; run that program");
          }};
}

}  // namespace nasnet::search
