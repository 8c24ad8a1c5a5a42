#include <fmt/format.h>

#include <cstdio>

#include "cli/program.h"
#include "cli/program_path.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/quantity.h"
#include "nasnet/search/study/stored_study.h"
#include "nasnet/search/study/study_evaluator.h"
#include "nasnet/search/workers/work_loop.h"

// `nasnet worker`: takes part in a study that another process drives (docs/cluster.md). The study
// says what to evaluate; flags say only where things lie here, and how much of this machine it may
// have.

namespace nasnet::cli {
namespace {

using nlohmann::json;

/// Where something of the study lies on this machine: a setting of the study that lies_somewhere().
struct Place {
  std::string name, help, placeholder;
  std::string value = {};
};

/// From the settings' own declarations: a new kind of evaluator brings its places along.
std::vector<Place> places() {
  search::SearchSettings settings;
  std::vector<Place> places;
  for (const Setting& setting : list_settings(settings))
    if (setting.place) places.push_back({setting.name, setting.help, setting.placeholder});
  return places;
}

struct WorkerSettings {
  std::string store, study, patience = "5m", trial_time, trial_memory;
  std::vector<Place> places = cli::places();
  int workers = 0;
};

template <class Visitor>
void visit_settings(Visitor& v, WorkerSettings& s) {
  v.topic("Study");
  v("store", s.store, "postgresql://USER@HOST/DATABASE that keeps the study; empty for a file")
      .as("URL");
  v("study", s.study, "the study's file, or its name in the --store").as("FILE");
  for (Place& place : s.places)
    v(place.name, place.value, "on this machine, if not where the study says: " + place.help)
        .as(place.placeholder);
  v.topic("Work");
  v("workers", s.workers, "processes that train children; 0 for one a core, at most 4 a GPU",
    Range{0, 4096});
  v("patience", s.patience,
    "longest wait for a store out of reach, or a study without work that nobody drives")
      .as("TIME");
  v("trial_time", s.trial_time, "longest time of one trial here; empty: as the study says")
      .as("TIME");
  v("trial_memory", s.trial_memory, "most memory of a trial here; empty: as the study says")
      .as("SIZE");
}

/// The study's own settings, with this machine's places.
search::StoredStudy read_settings(search::Store& store, const WorkerSettings& own) {
  search::StoredStudy study = search::read_stored_study(store);
  for (const Place& place : own.places)
    if (!place.value.empty())
      settings_from_json(study.settings, {{place.name, printable(place.value)}}, "");
  if (!own.trial_time.empty()) study.settings.trial_time = own.trial_time;
  if (!own.trial_memory.empty()) study.settings.trial_memory = own.trial_memory;
  study.settings.workers = own.workers;
  return study;
}

/// As the study says now. It may have been resumed by a newer program, with settings that this one
/// does not know.
search::CrewTerms read_terms(search::Store& store, const WorkerSettings& own) {
  std::string problem;
  try {
    const search::StudySettings study = read_settings(store, own).settings.study;
    return {study.retry, search::objective_of(study)};
  } catch (const InputError& error) {
    problem = error.what();
  } catch (const json::exception& error) {
    problem = error.what();
  }
  throw InputError(
      fmt::format("study {} has settings now that this worker cannot read ({}): another program "
                  "has resumed it; start workers of that program; the trials in work were given "
                  "back",
                  store.name(), problem));
}

void run(const WorkerSettings& own, const Common& common) {
  const double patience = parse_seconds(own.patience, "--patience");
  if (own.study.empty())
    throw InputError("name a study to work on: --study FILE, or --store URL --study NAME");
  // --patience also covers a store that is out of reach at the start.
  const auto store = search::open_store(own.store, own.study, search::OpenMode::kWork, patience);
  const search::StoredStudy study = read_settings(*store, own);
  const search::Objective objective = search::objective_of(study.settings.study);
  const network::DeviceChoice device =
      common.device == network::DeviceChoice::kAuto ? study.device : common.device;
  auto evaluator = search::make_evaluator(study.settings, study.seed, device);
  // Other code or other data give other results: such a worker must not take part.
  search::demand_identity(evaluator->identity(), study.identity, store->name(),
                          study.settings.other_program);
  objective.demand(evaluator->measurements());
  search::agree_on_machine(*store, study.settings, *evaluator);
  search::demand_energy_meter(
      study.settings, fmt::format("study {} has a budget of energy (--energy)", store->name()));
  const auto runner = search::make_runner(study.settings, study.seed, device, std::move(evaluator),
                                          {program_path(), "trial-worker"});

  search::Crew crew(
      *store, *runner,
      {study.seed, objective, study.settings.study.retry, study.settings.study.lease, 0.5},
      search::this_owner(search::Role::kWorker));
  const bool quiet = common.quiet || common.json;
  if (!quiet) fmt::print("working on study {}\n", store->name());
  const search::WorkEnd end =
      search::work_on(*store, crew,
                      {.patience = patience,
                       // Asked again and again, as the study may be resumed with others meanwhile.
                       .read_terms = [&] { return read_terms(*store, own); },
                       .tell =
                           [&](int64_t ended, int64_t working) {
                             if (quiet) return;
                             fmt::print("{} trials ended, {} in work\n", ended, working);
                             std::fflush(stdout);
                           }});
  if (common.json) {
    fmt::print(
        "{}\n",
        json{{"study", printable(store->name())}, {"trials", end.trials}, {"end", end.reason}}
            .dump());
  } else {
    fmt::print("{}: {} trials ended here\n", end.reason, end.trials);
  }
}

}  // namespace

void add_worker(Program& program) {
  Options& options = program.add("worker", "Evaluate trials of a study that runs elsewhere");
  const auto settings = std::make_shared<WorkerSettings>();
  options.add(*settings);
  options.example("nasnet worker --study mine.db", "beside a search on this machine");
  options.example("nasnet worker --store postgresql://me@host/nasnet --study mine",
                  "on any machine that reaches the database");
  options.run([settings](const Common& common) { run(*settings, common); });
}

}  // namespace nasnet::cli
