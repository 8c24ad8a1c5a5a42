#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/options.h"
#include "cli/search_settings.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/progress.h"
#include "nasnet/network/network.h"
#include "nasnet/search/child.h"
#include "nasnet/search/statistics.h"
#include "nasnet/search/worker_pool.h"
#include "nasnet/search/worker_process.h"
#include "nasnet/space/draw.h"
#include "nasnet/space/json.h"

namespace nasnet::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;
using search::Interval;
using search::StudyResult;
using search::Trial;

constexpr int kWorkersPerGpu = 4;

/// A cell worth keeping, and the files it lies in.
struct Saved {
  Trial trial;
  space::Genotype genotype;
  std::string json_file, svg_file;
};

int worker_count(const SearchSettings& settings, c10::Device device) {
  if (settings.workers > 0) return settings.workers;
  int cores = 0;
  for (const auto& share : search::share_cores(1)) cores += static_cast<int>(share.size());
  // Each worker holds a context of its own on its GPU, some hundred megabytes before any child.
  if (device.is_cuda()) cores = std::min(cores, kWorkersPerGpu * network::cuda_devices());
  return std::max(1, cores);
}

/// This program's file, for starting workers.
std::string program_path() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).string();
}

/// This program as the user called it, for commands to type.
std::string program_as_typed() {
  std::string name;
  std::ifstream command("/proc/self/cmdline");
  std::getline(command, name, '\0');
  return name.empty() ? "nasnet" : name;
}

/// Reads the data once here, so that faults are told before any worker starts, and for its digest.
std::string check_data(const SearchSettings& settings) {
  data::DataOptions options;
  options.image_size = settings.child.image_size;
  options.skip_unreadable = settings.child.skip_unreadable;
  const data::DataSet data = data::load(settings.data, options);
  if (!data.unreadable.empty())
    fmt::print(stderr, "nasnet: skipped {} unreadable files, the first is {}: {}\n",
               data.unreadable.size(), data.unreadable[0].file, data.unreadable[0].why);
  if (settings.child.validation_images >= data.train.size())
    throw InputError(
        fmt::format("--validation-images is {}, but {} has only {} training images; "
                    "choose fewer",
                    settings.child.validation_images, data.name, data.train.size()));
  return data.digest();
}

std::vector<Saved> save_best(const SearchSettings& settings, const space::NasnetSpace& space,
                             const StudyResult& result) {
  fs::path folder = settings.study_file;
  folder.replace_extension();
  folder += "-cells";
  std::vector<Saved> saved;
  for (const Trial& trial : search::best_trials(result.search, static_cast<size_t>(settings.top))) {
    Saved entry{trial, space.decode(trial.choices), "", ""};
    const size_t rank = saved.size() + 1;
    entry.genotype.name =
        fmt::format("{}-trial-{}", fs::path(settings.study_file).stem().string(), trial.number);
    entry.json_file = (folder / fmt::format("best-{}.json", rank)).string();
    entry.svg_file = (folder / fmt::format("best-{}.svg", rank)).string();
    write_file(entry.json_file, space::format_genotype(entry.genotype));
    write_file(entry.svg_file, space::draw_svg(entry.genotype));
    saved.push_back(std::move(entry));
  }
  return saved;
}

void print_arm(const std::string& name, const std::vector<Trial>& trials) {
  const auto best = search::best_trials(trials, 1);
  const search::Mean mean = search::mean_reward(trials);
  const auto failed = std::count_if(trials.begin(), trials.end(), [](const Trial& trial) {
    return trial.state == search::TrialState::kFailed;
  });
  std::string accuracy = "-", interval = "-";
  if (!best.empty()) {
    const Interval range = search::reward_interval(best[0]);
    accuracy = fmt::format("{:.2f} %", 100 * best[0].reward);
    interval = fmt::format("{:.2f} to {:.2f} %", 100 * range.low, 100 * range.high);
  }
  fmt::print("{:<22} {:>9} {:>18} {:>18} {:>7} {:>7}\n", name, accuracy, interval,
             fmt::format("{:.2f} +- {:.2f} %", 100 * mean.mean, 100 * mean.standard_error),
             mean.count, failed);
}

double core_seconds(const std::vector<Trial>& trials) {
  double sum = 0;
  for (const Trial& trial : trials) sum += trial.core_seconds;
  return sum;
}

std::string next_command(const SearchSettings& settings, const std::string& program,
                         const Saved& best) {
  std::string command = fmt::format("{} train {} --data {} --cells 1 --filters 16 --epochs 5",
                                    program, best.json_file, settings.data);
  if (settings.child.image_size > 0)
    command += fmt::format(" --image-size {}", settings.child.image_size);
  return command;
}

void print_report(const SearchSettings& settings, const StudyResult& result,
                  const std::vector<Saved>& saved, int workers) {
  if (saved.empty()) {
    fmt::print("No trial has been finished yet; run the same command again to go on.\n");
    return;
  }
  const Saved& best = saved[0];
  fmt::print("\nThe best cells found (trial {} of {}):\n\n{}\n", best.trial.number,
             result.search.size(), space::draw_terminal(best.genotype));
  for (const Saved& entry : saved)
    fmt::print("  {:.2f} %  {}  {}\n", 100 * entry.trial.reward, entry.json_file, entry.svg_file);

  fmt::print("\n{:<22} {:>9} {:>18} {:>18} {:>7} {:>7}\n", "validation accuracy", "best",
             "95 % interval", "mean +- std. error", "trials", "failed");
  print_arm(settings.study.strategy, result.search);
  if (!result.baseline.empty()) print_arm("random, same budget", result.baseline);
  fmt::print(
      "Accuracies of short trainings (N={} F={}, {} epochs) on {} validation images: a "
      "ranking of\ncells, not what the best one reaches when it is trained fully. The best "
      "of many is also\nflattered by having been chosen.\n",
      settings.child.cells, settings.child.filters, settings.child.epochs,
      settings.child.validation_images);
  const auto rival = search::best_trials(result.baseline, 1);
  if (!rival.empty()) {
    fmt::print("{}\n", search::compare_bests(settings.study.strategy, best.trial, "random search",
                                             rival[0]));
  } else if (settings.study.strategy != "random") {
    fmt::print("No random baseline was run (--no-baseline): nothing says that {} beats chance.\n",
               settings.study.strategy);
  }
  fmt::print("Cost: {:.0f} core-seconds ({} {:.0f}, random {:.0f}); {:.0f} s on {} workers.\n",
             core_seconds(result.search) + core_seconds(result.baseline), settings.study.strategy,
             core_seconds(result.search), core_seconds(result.baseline), result.seconds, workers);
  if (!result.complete)
    fmt::print("The time is spent before all trials were finished; a larger --time goes on.\n");
  fmt::print("\nNext, train the best cell:\n  {}\n",
             next_command(settings, program_as_typed(), best));
}

ordered_json trials_json(const space::NasnetSpace& space, const std::vector<Trial>& trials) {
  ordered_json list = ordered_json::array();
  for (const Trial& trial : trials) {
    ordered_json entry = {{"number", trial.number}, {"state", search::to_text(trial.state)}};
    const bool done = trial.state == search::TrialState::kDone;
    entry["reward"] = done ? ordered_json(trial.reward) : ordered_json(nullptr);
    entry["genotype"] = space::genotype_to_ordered_json(space.decode(trial.choices));
    if (done) {
      const Interval interval = search::reward_interval(trial);
      entry["interval"] = {interval.low, interval.high};
      entry["measurements"] = trial.measurements;
    }
    if (trial.state == search::TrialState::kFailed) entry["cause"] = trial.cause;
    entry["attempts"] = trial.attempts;
    entry["core_seconds"] = trial.core_seconds;
    list.push_back(std::move(entry));
  }
  return list;
}

void print_json(const SearchSettings& settings, const Common& common,
                const space::NasnetSpace& space, const StudyResult& result,
                const std::vector<Saved>& saved) {
  ordered_json best = ordered_json::array();
  for (const Saved& entry : saved)
    best.push_back({{"number", entry.trial.number},
                    {"reward", entry.trial.reward},
                    {"json", entry.json_file},
                    {"svg", entry.svg_file}});
  const ordered_json object = {{"study", settings.study_file},
                               {"seed", common.seed},
                               {"settings", settings_to_json(settings)},
                               {"complete", result.complete},
                               {"core_seconds", result.core_seconds},
                               {"seconds", result.seconds},
                               {"best", best},
                               {"trials", trials_json(space, result.search)},
                               {"baseline", trials_json(space, result.baseline)}};
  fmt::print("{}\n", object.dump(-1, ' ', false, json::error_handler_t::replace));
}

void run(const SearchSettings& settings, const Common& common) {
  const double time = parse_seconds(settings.time);
  const space::NasnetSpace space = make_space(settings);
  const c10::Device device = network::parse_device(common.device);
  network::parse_precision(settings.child.precision, device);  // what is wrong is said at once
  const std::string digest = check_data(settings);
  search::Store store(settings.study_file);
  json fixed = settings_to_json(settings);
  fixed["seed"] = common.seed;
  fixed["device"] = common.device;
  search::settle_settings(store, fixed, digest, kMayChange, settings_to_json(SearchSettings{}));

  const int workers = worker_count(settings, device);
  search::WorkerPool pool({program_path(), "trial-worker"},
                          {{"settings", settings_to_json(settings)},
                           {"seed", common.seed},
                           {"device", common.device},
                           {"digest", digest}},
                          workers);
  StudyResult result;
  {
    Progress progress("searching", search::total_trials(settings.study), "images");
    result = search::run_study(
        store, space, settings.study, common.seed, {time}, pool,
        [&](const search::StudyStatus& status) {
          progress.update(status.finished,
                          status.best ? fmt::format("best {:.2f} %", 100 * *status.best) : "",
                          status.images);
        });
    progress.finish();
  }
  const std::vector<Saved> saved = save_best(settings, space, result);
  if (common.json) {
    print_json(settings, common, space, result, saved);
  } else {
    print_report(settings, result, saved, workers);
  }
}

}  // namespace

void add_search(CLI::App& program) {
  CLI::App* app = program.add_subcommand("search", "Search cells for a data set");
  const auto settings = std::make_shared<SearchSettings>();
  const auto options = std::make_shared<Options>(*app);
  options->add(*settings);
  app->callback([=] {
    options->settle();
    run(*settings, options->common());
  });
}

}  // namespace nasnet::cli
