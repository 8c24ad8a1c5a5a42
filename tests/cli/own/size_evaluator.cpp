// The example of docs/evaluators.md: an evaluator in one file. It is linked with the program.
#include <cmath>

#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/search/evaluators/evaluator_kind.h"

namespace {

using namespace nasnet;

struct SizeSettings {
  double wanted = 1e5;
};

template <class Visitor>
void visit_settings(Visitor& v, SizeSettings& s) {
  v("wanted", s.wanted, "the number of parameters that is best", Range{1, 1e12});
}

/// Measures how near the number of parameters of a cell's network is to the wanted one; to be the
/// goal with --objective closeness.
class SizeEvaluator : public search::Evaluator {
 public:
  SizeEvaluator(SizeSettings settings, std::shared_ptr<const space::SearchSpace> space)
      : settings_(settings), space_(std::move(space)) {}

  search::Measurements evaluate(const search::Task& task,
                                const std::function<void(int64_t)>&) override {
    const space::Genotype cells = space_->genotype(task.choices).value();
    const auto counts = graph::count(
        graph::build(cells, {.stack = graph::StackKind::kCifar, .cells = 1, .filters = 8}));
    const auto parameters = static_cast<double>(counts.parameters);
    return {{"closeness", -std::abs(std::log(parameters / settings_.wanted))},
            {"parameters", parameters}};
  }
  std::vector<std::string> measurements() const override { return {"closeness", "parameters"}; }
  /// Raised where the formula changes: studies of another one are not resumed.
  search::Identity identity() const override {
    return {{.name = "formula",
             .value = "1",
             .subject = "the formula of the closeness",
             .remedy = "begin another --study"}};
  }

 private:
  SizeSettings settings_;
  std::shared_ptr<const space::SearchSpace> space_;
};

const bool kAdded = search::evaluators().add(
    {.name = "size",
     .help = "counts parameters",
     .settings = SizeSettings(),
     .serves = [](const space::SearchSpace& space) { return space.has_genotypes(); },
     .make =
         [](const AnySettings& own, const search::EvaluatorSetup& setup) {
           return std::make_unique<SizeEvaluator>(own.as<SizeSettings>(), setup.space);
         }});

}  // namespace
