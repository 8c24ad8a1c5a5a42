#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "cli/log_flags.h"
#include "cli/program.h"
#include "cli/program_path.h"
#include "cli/suggest.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/shell.h"
#include "nasnet/logs/study_events.h"
#include "nasnet/logs/study_source.h"
#include "nasnet/report/no_result.h"
#include "nasnet/report/reward_text.h"
#include "nasnet/report/study_alarms.h"
#include "nasnet/report/study_json.h"
#include "nasnet/report/study_text.h"
#include "nasnet/search/evaluators/child_checkpoints.h"
#include "nasnet/search/study/earlier_studies.h"
#include "nasnet/search/study/read_study.h"
#include "nasnet/search/study/settle_goals.h"
#include "nasnet/search/study/stored_study.h"
#include "nasnet/search/study/study_evaluator.h"
#include "nasnet/search/workers/slurm_launcher.h"

// `nasnet search`: makes or resumes a study and drives it to its end with the workers of this
// machine, of Slurm, or started by hand; then saves and reports the best cells. All settings are
// checked before the store is opened to be written, and the study is settled before the first trial
// is asked for.

namespace nasnet::cli {
namespace {

using nlohmann::json;
using search::SearchSettings;

/// The note on the line of progress; costs of less than a minute are left out.
std::string status_text(const search::StudyStatus& status, const search::Objective& objective) {
  std::vector<std::string> parts;
  if (status.best) parts.push_back("best " + report::RewardText(objective).value(*status.best));
  if (status.cost.core_seconds >= 60)
    parts.push_back(fmt::format("{:.2f} core-hours", status.cost.core_seconds / 3600));
  if (status.cost.gpu_seconds >= 60)
    parts.push_back(fmt::format("{:.2f} GPU-hours", status.cost.gpu_seconds / 3600));
  if (status.cost.joules > 0) parts.push_back(fmt::format("{:.1f} kJ", status.cost.joules / 1000));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// Looks after workers on other machines; null where they run here or are started by hand.
std::unique_ptr<search::Launcher> make_launcher(const SearchSettings& settings,
                                                search::Store& store) {
  if (settings.launch != search::Launch::kSlurm) return nullptr;
  if (settings.store.empty())
    throw InputError(
        "--launch slurm: jobs of other machines need a study that they reach; give --store "
        "postgresql://USER@HOST/DATABASE (docs/cluster.md)");
  // Without control groups a job sees all cores of its node.
  const int workers =
      settings.workers > 0 ? settings.workers : std::max(1, settings.slurm.slurm_cpus);
  std::vector<std::string> command = {program_path(), "worker",
                                      "--store",      settings.store,
                                      "--study",      settings.study_file,
                                      "--workers",    std::to_string(workers)};
  if (!settings.trial_time.empty())
    command.insert(command.end(), {"--trial-time", settings.trial_time});
  if (!settings.trial_memory.empty())
    command.insert(command.end(), {"--trial-memory", settings.trial_memory});
  return std::make_unique<search::SlurmLauncher>(
      store, settings.slurm, std::move(command),
      std::filesystem::absolute(settings.study_file + "-jobs"));
}

/// Tells of alarms as soon as they can be raised, each kind once: a search may run for weeks.
class Watch {
 public:
  Watch(search::Store& store, const search::StudySpec& spec) : store_(store), spec_(spec) {}

  /// Looks at the latest trials, when kEvery more have been settled since the last time.
  void look(const search::StudyStatus& status, Progress& progress) {
    const int64_t settled = status.settled.at(search::kSearchArm);
    if (settled < looked_ + kEvery) return;
    looked_ = settled;
    search::StudyResult recent;
    recent.objective = spec_.objective;
    recent.search = store_.trials(search::kSearchArm,
                                  std::max<int64_t>(0, settled - search::kAlarmTrials), settled);
    if (settled > search::kAlarmTrials)  // the best may be older
      for (const search::Trial& best :
           store_.best(search::kSearchArm, 1, INT64_MAX, spec_.objective.least_reward()))
        recent.search.insert(recent.search.begin(), best);
    recent.entropy_share = status.entropy_share();
    for (const search::Alarm& alarm : report::alarms_of(spec_.space, recent))
      if (told_.insert(alarm.name).second) progress.say(fmt::format("Alarm: {}.", alarm.text));
  }

 private:
  static constexpr int64_t kEvery = 20;  // trials
  search::Store& store_;
  const search::StudySpec& spec_;
  int64_t looked_ = 0;
  std::set<std::string> told_;
};

/// Logs what is new, about once a second, and what is left at the end.
class Logging {
 public:
  Logging(search::Store& store, logs::StudyEvents* events) : store_(store), events_(events) {}
  ~Logging() {
    // Of a study that is left unfinished there are trials behind others that are not. Where the
    // store itself has failed nobody waits for it once more.
    if (events_ && (std::uncaught_exceptions() == 0 || interrupted())) try {
        events_->look(store_, true);
      } catch (const std::exception& error) {
        warn(fmt::format("the last trials are not logged: {}", error.what()));
      }
  }
  Logging(const Logging&) = delete;

  void look(const search::StudyStatus& status) {
    if (!events_ || Clock::now() < next_ || status.finished == finished_) return;
    next_ = Clock::now() + std::chrono::seconds(1);
    finished_ = status.finished;
    events_->look(store_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  search::Store& store_;
  logs::StudyEvents* events_;
  Clock::time_point next_ = Clock::now();
  int64_t finished_ = -1;
};

/// Drives the study to its end, with the workers there are.
search::StudyResult drive(const SearchSettings& settings, search::Store& store,
                          const search::StudySpec& spec, const search::StudyBudget& budget,
                          search::TaskRunner* runner, search::Launcher* launcher,
                          const search::RungCheckpoints& checkpoints, logs::StudyEvents* events) {
  Progress progress("searching", search::total_trials(spec), "images");
  int64_t missing = search::total_trials(spec);
  const auto tend = [&] {
    if (!launcher) return;
    launcher->expect(missing);
    launcher->tend();
  };
  std::map<std::string, int64_t> settled;
  Watch watch(store, spec);
  Logging logging(store, events);
  const auto show = [&](const search::StudyStatus& status) {
    logging.look(status);
    for (const auto& [arm, number] : status.settled)
      // Settled trials never go on from a rung: their children's weights are of no more use.
      if (std::exchange(settled[arm], number) != number)
        checkpoints.remove_trials_before(arm, number);
    watch.look(status, progress);
    // The launcher asks for no more jobs than there are trials left.
    missing = status.total - status.finished;
    std::string text = status_text(status, spec.objective);
    if (launcher) text += (text.empty() ? "" : ", ") + launcher->status();
    progress.update(status.finished, text, status.images);
  };
  try {
    search::StudyResult result = search::run_study(store, spec, budget, {runner, tend}, show);
    progress.finish();
    if (launcher) launcher->stop();
    return result;
  } catch (const search::Superseded&) {
    throw;  // the workers are the new driver's
  } catch (const search::TrialsFailed& error) {
    if (launcher) launcher->stop();
    throw InputError(
        fmt::format("{} ({})", error.what(),
                    report::failure_remedy(settings, search::read_study(store, spec))));
  } catch (...) {
    if (launcher) launcher->stop();
    throw;
  }
}

/// Where children of this machine that stop at a rung are kept until they go on.
std::string checkpoint_folder(const SearchSettings& settings) {
  std::filesystem::path folder = settings.study_file;
  folder.replace_extension();
  return std::filesystem::absolute(folder).string() + "-checkpoints";
}

/// A training of the best cell that fits any machine: small and short, as a first step.
std::string next_command(const SearchSettings& settings, const report::Saved& best) {
  // A detector's defaults are small and short.
  if (settings.evaluator == "detector")
    return suggested_command(
        {"train", as_argument(best.json_file), "--data", as_argument(settings.data)});
  std::vector<std::string> words = {"train",     as_argument(best.json_file),
                                    "--data",    as_argument(settings.data),
                                    "--cells",   "1",
                                    "--filters", "16",
                                    "--epochs",  "5"};
  // Pictures are best prepared as the search has seen them.
  const SearchSettings defaults;
  for (const char* name : {"image_size", "resize"}) {
    const std::string value = search::used_setting(settings, name);
    if (value != search::used_setting(defaults, name))
      words.insert(words.end(), {"--" + flag_name(name), value});
  }
  return suggested_command(words);
}

/// Prints what has been found. Throws InputError where nothing has.
void print_result(const SearchSettings& settings, uint64_t seed, const space::SearchSpace& space,
                  const nlohmann::ordered_json& left_out, const search::StudyResult& result,
                  const std::vector<report::Saved>& saved, bool as_json) {
  if (as_json) {
    nlohmann::ordered_json object = report::study_json(settings, seed, space, result, saved);
    object.update(left_out);
    fmt::print("{}\n", object.dump(-1, ' ', false, json::error_handler_t::replace));
  } else if (!saved.empty()) {
    fmt::print("{}", report::study_text(settings, space, result, saved));
    if (saved[0].genotype)
      fmt::print("\nNext, train the best cell:\n  {}\n", next_command(settings, saved[0]));
  }
  // The result comes before the error's line on standard error.
  std::fflush(stdout);
  if (saved.empty()) throw InputError(report::explain_no_result(settings, result));
}

/// A study that cannot be written to is shown as it is, with the settings that it was made with.
void show(const SearchSettings& given, const Common& common) {
  const auto store = search::open_store("", given.study_file, search::OpenMode::kRead);
  search::StoredStudy study = search::read_stored_study(*store);
  search::demand_same_settings(*store, given, common.seed, common.device);
  warn(fmt::format("study {}: its file or its folder is read-only; it is shown as it is",
                   store->name()));
  study.settings.study_file = given.study_file;
  study.settings.top = given.top;
  const auto space = search::make_space(study.settings);
  search::StudyResult result =
      search::read_study(*store, search::make_spec(study.settings, *space, study.seed));
  result.complete = store->driver().state == search::StudyState::kComplete;
  print_result(study.settings, study.seed, *space, nlohmann::ordered_json::object(), result,
               report::save_best(study.settings, *space, result, false), common.json);
  if (!result.complete)
    throw InputError(
        fmt::format("study {} is not finished, and its file or its folder is read-only; copy it to "
                    "a folder of your own to resume it",
                    store->name()));
}

/// Failed trials go back to the queue.
void retry_failed(search::Store& store, const Common& common) {
  const int64_t count = store.retry_failed();
  if (!common.quiet && !common.json)
    warn(fmt::format("{} failed trial{} will be tried again", count, count == 1 ? "" : "s"));
}

void run(SearchSettings settings, const LogFlags& logging, const Common& common) {
  if (settings.store.empty() && search::is_read_only_study(settings.study_file))
    return show(settings, common);
  const search::StudyBudget budget = search::make_budget(settings);
  search::make_limits(settings);
  std::any opened = search::choose_evaluator(settings);
  const bool here = settings.launch == search::Launch::kHere;
  if (here) search::demand_energy_meter(settings, "--energy");
  // Wrong settings are refused at once.
  search::check_evaluator(settings, common.device);
  const auto space = search::make_space(settings);
  auto evaluator =
      search::make_evaluator(settings, common.seed, common.device, 0, std::move(opened));
  search::name_goals(settings, *evaluator);
  search::demand_same_goals(settings, evaluator->identity());
  search::settle_goals(settings, *evaluator, *space, common.seed);
  search::objective_of(settings.study).demand(evaluator->measurements());
  search::StudySpec spec = search::make_spec(settings, *space, common.seed);
  spec.counter = evaluator->counter();
  const std::vector<search::EarlierStudy> earlier = search::read_earlier_studies(settings, spec);
  const search::EvaluatorFacts facts = evaluator->facts();
  for (const std::string& note : facts.notes) warn(note);
  const auto store =
      search::open_store(settings.store, settings.study_file, search::OpenMode::kDrive);
  store->drive(search::this_owner(search::Role::kDriver));
  for (const std::string& note :
       search::settle_study(*store, settings, common.seed, common.device, evaluator->identity()))
    warn(note);
  search::keep_earlier_studies(*store, earlier);
  if (settings.retry_failed) retry_failed(*store, common);
  // Children are needed again only where weak ones stop early. A folder that the user has named
  // stays.
  const bool keeps = here && settings.checkpoints.empty() && settings.study.halving.first_rung > 0;
  if (keeps) settings.checkpoints = checkpoint_folder(settings);
  const auto launcher = make_launcher(settings, *store);
  if (here) search::agree_on_machine(*store, settings, *evaluator);
  std::unique_ptr<search::TaskRunner> runner;
  if (here)
    runner = search::make_runner(settings, common.seed, common.device, std::move(evaluator),
                                 {program_path(), "trial-worker"});
  evaluator.reset();  // workers have data of their own
  if (!common.json && !common.quiet && !facts.headline.empty()) print_line(facts.headline);
  std::optional<logs::StudyEvents> events;
  if (!logging.tensorboard.empty())
    events.emplace(spec, logging.tensorboard,
                   logs::place_of_study(settings.store, settings.study_file));
  const search::StudyResult result =
      drive(settings, *store, spec, budget, runner.get(), launcher.get(),
            search::RungCheckpoints(settings.checkpoints), events ? &*events : nullptr);
  if (keeps && result.complete) {
    std::error_code ignored;
    std::filesystem::remove_all(settings.checkpoints, ignored);
  }
  print_result(settings, common.seed, *space, facts.report, result,
               report::save_best(settings, *space, result), common.json);
}

}  // namespace

void add_search(Program& program) {
  Options& options = program.add("search", "Search cells for a data set");
  const auto settings = std::make_shared<SearchSettings>();
  options.add(*settings);
  const auto logging = std::make_shared<LogFlags>();
  options.add(*logging);
  options.add_preset("preset", [settings = settings.get()](const std::string& preset) {
    if (preset == "paper") settings->study.strategies = search::paper_strategies();
  });
  options.example("nasnet search", "cells for Fashion-MNIST, in a minute or two");
  options.example("nasnet search --data my-images --study mine.db --trials 12 --generation 4",
                  "for your own images; the same command again resumes it");
  options.example("nasnet search --data my-images --study mine.db --time 2h --strategy evolution");
  options.run([settings, logging, &options](const Common& common) {
    options.adopt(search::settings_to_resume(settings->store, settings->study_file),
                  settings->study_file);
    run(*settings, *logging, common);
  });
}

}  // namespace nasnet::cli
