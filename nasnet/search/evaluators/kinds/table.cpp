#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/search/evaluators/evaluator_kind.h"
#include "nasnet/search/evaluators/table.h"

namespace nasnet::search {
namespace {

std::unique_ptr<Evaluator> make_table(const AnySettings& own, const EvaluatorSetup&) {
  const auto& settings = own.as<TableSettings>();
  if (settings.table.empty())
    throw InputError(
        "--space nasbench201 reads its results from a table; name its file with --table FILE");
  auto table = std::make_shared<Table>(settings.table);
  if (!settings.latency.empty()) table->add_latencies(settings.latency, settings.device);
  return std::make_unique<TableEvaluator>(std::move(table), settings);
}

/// A table compared with itself would agree.
void check_table(const AnySettings& own, const EvaluatorUse& use) {
  const bool longest = own.as<TableSettings>().reward == TableReward::kLong;
  if (use.seeds <= (longest ? 0 : 1) && (!longest || use.sample == 0)) return;
  throw InputError(
      "--seeds, --sample: a table has one training of each cell and none longer than 200 epochs; "
      "with --table-reward c10v_valid_e12 the longer ones can be looked up, with one seed");
}

std::string explain_table(const AnySettings& own) {
  const auto& settings = own.as<TableSettings>();
  return fmt::format(
      "Accuracies of {} as {} has them: they rank cells; the test accuracies above are those\nof "
      "full trainings. The best of many is flattered by having been chosen.\n",
      to_text(settings.reward), settings.table);
}

}  // namespace

EvaluatorKind table_evaluator() {
  return {.name = "table",
          .help = "looks up the results of NAS-Bench-201 in a --table",
          .settings = TableSettings(),
          .serves =
              [](const space::SearchSpace& space) {
                return dynamic_cast<const space::Nasbench201Space*>(&space) != nullptr;
              },
          .make = make_table,
          .in_process = true,
          .epochs = [](const AnySettings&) -> int64_t { return 200; },
          .check = check_table,
          .explain = explain_table};
}

}  // namespace nasnet::search
