#include <fmt/format.h>

#include "cli/options.h"
#include "cli/search_report.h"
#include "cli/search_settings.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"
#include "nasnet/network/device.h"

namespace nasnet::cli {
namespace {

using nlohmann::json;

/// Settings and what else results depend on, as the store keeps and compares them.
void settle(search::Store& store, const SearchSettings& settings, const Common& common,
            const std::string& digest) {
  json fixed = settings_to_json(settings);
  fixed["seed"] = common.seed;
  fixed["device"] = common.device;
  json identity = program_identity();
  if (settings.other_program) identity = json::object();
  identity["data_digest"] = digest;
  search::settle_settings(store, fixed, identity, kMayChange, settings_to_json(SearchSettings{}));
}

std::string status_text(const search::StudyStatus& status) {
  std::string text = status.best ? fmt::format("best {:.2f} %", 100 * *status.best) : "";
  if (status.cost.core_seconds >= 60)
    text += fmt::format(", {:.2f} core-hours", status.cost.core_seconds / 3600);
  if (status.cost.joules > 0) text += fmt::format(", {:.1f} kJ", status.cost.joules / 1000);
  return text;
}

void run(const SearchSettings& settings, const Common& common) {
  const search::StudyBudget budget = make_budget(settings);
  make_limits(settings);
  if (budget.joules > 0 && !search::EnergyMeter().works())
    throw InputError(
        "--energy: this machine does not say what it uses (/sys/class/powercap/intel-rapl:*, to be "
        "read by root on most systems); use --core-hours or --time");
  // What is wrong is said at once.
  const c10::Device device = network::parse_device(common.device);
  if (settings.space == "nasnet") network::parse_precision(settings.child.precision, device);
  Proxy proxy = make_proxy(settings, common.seed, common.device, 0);
  const auto store = search::open_store(settings.store, settings.study_file, true);
  settle(*store, settings, common, proxy.digest);
  const auto executor = make_executor(settings, common.seed, common.device, proxy);
  if (settings.space == "nasnet") proxy.evaluator.reset();  // the workers have data of their own

  const search::StudySpec spec = make_spec(settings, *proxy.space, common.seed);
  search::StudyResult result;
  {
    Progress progress("searching", search::total_trials(spec), "images");
    result = search::run_study(*store, spec, budget, {executor.get(), {}},
                               [&](const search::StudyStatus& status) {
                                 progress.update(status.finished, status_text(status),
                                                 status.images);
                               });
    progress.finish();
  }
  const std::vector<Saved> saved = save_best(settings, *proxy.space, result);
  if (common.json) {
    print_json(settings, common.seed, *proxy.space, result, saved);
  } else {
    print_report(settings, *proxy.space, result, saved);
  }
}

}  // namespace

void add_search(CLI::App& program) {
  CLI::App* app = program.add_subcommand("search", "Search cells for a data set");
  const auto settings = std::make_shared<SearchSettings>();
  const auto options = std::make_shared<Options>(*app);
  options->add(*settings);
  options->add_preset("preset", [settings = settings.get()](const std::string& preset) {
    if (preset == "paper") settings->study.strategies = search::paper_strategies();
  });
  app->callback([=] {
    options->settle();
    run(*settings, options->common());
  });
}

}  // namespace nasnet::cli
