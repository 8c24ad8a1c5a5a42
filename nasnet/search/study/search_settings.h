#pragma once

#include <any>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/base/settings_of_kinds.h"
#include "nasnet/search/evaluators/evaluator_kind.h"
#include "nasnet/search/study/study.h"
#include "nasnet/search/workers/slurm_settings.h"
#include "nasnet/search/workers/worker_pool.h"
#include "nasnet/space/space_kind.h"

namespace nasnet::search {

/// Defaults of the strategies.
enum class Preset { kSmall, kPaper };
constexpr EnumNames<Preset, 2> names_of(Preset) {
  return {{{Preset::kSmall, "small"}, {Preset::kPaper, "paper"}}};
}

/// Where workers run.
enum class Launch { kHere, kSlurm, kElsewhere };
constexpr EnumNames<Launch, 3> names_of(Launch) {
  return {{{Launch::kHere, "here"}, {Launch::kSlurm, "slurm"}, {Launch::kElsewhere, "elsewhere"}}};
}

/// The evaluator that the space names, or the first that serves it.
inline constexpr const char* kAnyEvaluator = "auto";

/// Everything that `search` takes, and that its workers must know: also the settings of all spaces
/// and evaluators that there are when it is made.
struct SearchSettings {
  std::string data = "fashion-mnist";
  std::string study_file = "nasnet-study.db";
  std::string store;
  std::string space = "nasnet";
  std::string evaluator = kAnyEvaluator;
  SettingsOfKinds of_spaces{space::spaces()}, of_evaluators{evaluators()};
  std::string checkpoints;
  Preset preset = Preset::kSmall;
  std::string time;
  double core_hours = 0, gpu_hours = 0;
  std::string energy;
  std::string trial_time, trial_memory;
  int workers = 0;
  Launch launch = Launch::kHere;
  SlurmSettings slurm;
  int top = 3;
  bool other_program = false;
  bool retry_failed = false;
  StudySettings study;
};

/// The names that --evaluator takes.
std::vector<std::string> evaluator_names();

template <class Visitor>
void visit_settings(Visitor& v, SearchSettings& s) {
  v.topic("Data and study");
  v("data", s.data, "a known name (fashion-mnist, cifar-10, ...), a folder, or an archive")
      .as("PATH")
      .everyone_needs_it()
      .lies_somewhere();
  v("study", s.study_file,
    "file that keeps the search, or its name in the --store; an existing study is resumed")
      .as("FILE")
      .everyone_needs_it()
      .may_change_on_resume();
  v("store", s.store,
    "postgresql://USER@HOST/DATABASE that keeps the search, so that workers of many machines share "
    "it; empty for a file")
      .as("URL")
      .may_change_on_resume();
  v("top", s.top, "cells saved and reported", Range{1, 1000})
      .everyone_needs_it()
      .may_change_on_resume();
  v("other_program", s.other_program,
    "resume although the study was made by another build of nasnet or libtorch, whose results may "
    "differ")
      .may_change_on_resume();
  v.topic("Space");
  v("space", s.space, "the candidates; " + space::spaces().help(),
    Range{.one_of = space::spaces().names()});
  visit_settings(v, s.of_spaces);
  v.topic("Evaluator");
  v("evaluator", s.evaluator,
    "measurement of candidates; auto: the usual one of the space; " + evaluators().help(),
    Range{.one_of = evaluator_names()});
  v.topic("Budget");
  v("time", s.time, "stop after so much time in all, as 90s, 2m, 1.5h; empty for no limit")
      .as("TIME")
      .everyone_needs_it()
      .may_change_on_resume();
  v("core_hours", s.core_hours, "stop after so many hours of processor time in all; 0: no limit",
    Range{0, 1e12})
      .may_change_on_resume();
  v("gpu_hours", s.gpu_hours, "stop after so many hours on GPUs in all; 0: no limit",
    Range{0, 1e12})
      .may_change_on_resume();
  v("energy", s.energy,
    "stop after so much energy in all, as 500kJ, 2kWh, where the machine measures it; empty for no "
    "limit")
      .as("ENERGY")
      .may_change_on_resume();
  v.topic("Strategy");
  v("preset", s.preset,
    "defaults of the strategies: for budgets of hundreds of candidates, or the papers' own");
  visit_settings(v, s.study);
  v.topic("Workers");
  v("workers", s.workers, "processes that train children; 0 for one a core, at most 4 a GPU",
    Range{0, 4096})
      .everyone_needs_it()
      .may_change_on_resume();
  v("launch", s.launch,
    "place of the workers: processes of this machine, jobs of a Slurm cluster, or only where "
    "nasnet worker is started by hand")
      .may_change_on_resume();
  v.topic("Slurm");
  visit_settings(v, s.slurm);
  v.topic("Failed trials");
  v("trial_time", s.trial_time, "longest time of one trial, as 10m; empty for no limit")
      .as("TIME")
      .may_change_on_resume();
  v("trial_memory", s.trial_memory,
    "most memory of one trial's process, as 2GB, beyond which it fails (children are made to fit "
    "--memory); empty for no limit")
      .as("SIZE")
      .may_change_on_resume();
  v("retry_failed", s.retry_failed,
    "first try again all trials that have failed, under the limits given now (--memory may change "
    "then, too)")
      .may_change_on_resume();
  v.topic("Stopping weak children early");
  v("checkpoints", s.checkpoints,
    "folder for children that stopped at a rung, to resume from; empty: they are trained again")
      .as("FOLDER")
      .may_change_on_resume();
  v.topic("Evaluator");
  visit_settings(v, s.of_evaluators);
}

/// The values of settings that a stored study does not name, because they are newer than it: those
/// that give its results. They are today's defaults, but for how children are trained.
SearchSettings settings_of_older_studies();

StudyBudget make_budget(const SearchSettings& settings);
TrialLimits make_limits(const SearchSettings& settings);
/// A budget of energy needs a machine whose energy is measured. Throws InputError
/// that begins with `who` where it is not.
void demand_energy_meter(const SearchSettings& settings, const std::string& who);

/// Throws InputError for an unknown space, or settings that make none.
std::shared_ptr<const space::SearchSpace> make_space(const SearchSettings& settings);

/// The kind of evaluator that the settings choose for their space. Throws InputError for an unknown
/// one, and for one that does not serve the space.
const EvaluatorKind& evaluator_kind(const SearchSettings& settings);
/// Settles the settings that follow from data and space: the evaluator that "auto" stands for, and
/// the objective of its kind where none was given. Returns the data where choosing has read them,
/// for make_evaluator(). Throws as evaluator_kind() does, and where the data cannot be read.
std::any choose_evaluator(SearchSettings& settings);
/// The settings that it has there.
const AnySettings& evaluator_settings(const SearchSettings& settings);

/// The settings but for those of spaces and evaluators that are not chosen.
std::vector<Setting> list_used_settings(SearchSettings& settings);
/// The value of one of them as one would type it; "" for one that is not used.
std::string used_setting(const SearchSettings& settings, const std::string& name);

/// The study as the settings describe it.
StudySpec make_spec(const SearchSettings& settings, const space::SearchSpace& space, uint64_t seed);

}  // namespace nasnet::search
