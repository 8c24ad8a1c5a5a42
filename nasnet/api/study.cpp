#include <nasnet/study.h>

#include <algorithm>
#include <array>

#include "nasnet/api/convert.h"
#include "nasnet/base/error.h"
#include "nasnet/base/settings.h"
#include "nasnet/report/best_cells.h"
#include "nasnet/report/study_json.h"
#include "nasnet/search/study/read_study.h"
#include "nasnet/search/study/stored_study.h"

// A study of the public library, opened for reading: a search may go on writing meanwhile, so
// settings and counts are read anew at each question, and nothing is cached but the space.

namespace nasnet {
namespace {

/// The arms that a study may have; a misspelt one would otherwise read as an empty arm.
constexpr std::array kArms = {search::kSearchArm, search::kBaselineArm, search::kRetrainArm,
                              search::kSampleArm};

void demand_arm(const std::string& arm) {
  if (std::ranges::find(kArms, arm) == kArms.end())
    throw InputError("unknown arm '" + arm + "'" + suggestion(arm, {kArms.begin(), kArms.end()}));
}

}  // namespace

struct Study::State {
  std::string name, url;
  std::unique_ptr<search::Store> store;
  search::StoredStudy study;
  std::shared_ptr<const space::SearchSpace> space;

  /// The search may have been resumed with other settings.
  void read_settings() {
    study = search::read_stored_study(*store);
    // The stored settings may hold the path of another machine.
    study.settings.study_file = name;
    study.settings.store = search::without_password(url);
  }
  /// All arms, whole: for large studies best() and counts() ask the store instead.
  search::StudyResult read() {
    read_settings();
    search::StudyResult result =
        search::read_study(*store, search::make_spec(study.settings, *space, study.seed));
    result.complete = store->driver().state == search::StudyState::kComplete;
    return result;
  }
  search::Objective objective() const { return search::objective_of(study.settings.study); }
  std::vector<search::Trial> read(const std::string& arm);
  std::vector<search::Trial> best(const std::string& arm, int64_t count);
  Trial to_public(const search::Trial& core) const;
  std::vector<Trial> to_public(const std::vector<search::Trial>& core) const;
};

std::vector<search::Trial> Study::State::read(const std::string& arm) {
  demand_arm(arm);
  search::StudyResult result = read();
  if (arm == search::kSearchArm) return std::move(result.search);
  if (arm == search::kBaselineArm) return std::move(result.baseline);
  if (arm == search::kRetrainArm) return std::move(result.retrain);
  return std::move(result.sample);
}

/// Trainings at the end are few, and are ranked in memory; the search's and the baseline's trials
/// are ranked by the store, which may hold many thousands.
std::vector<search::Trial> Study::State::best(const std::string& arm, int64_t count) {
  if (search::is_extra_arm(arm)) {
    const std::vector<search::Trial> trials = read(arm);
    return search::best_trials(trials, count, objective());
  }
  demand_arm(arm);
  read_settings();
  const search::StudySettings& settings = study.settings.study;
  // Its trials of an earlier run stay in the store, but are not asked for any more.
  if (arm == search::kBaselineArm && !search::has_baseline(settings)) return {};
  return store->best(arm, count, search::asked_trials(settings), objective().least_reward());
}

Trial Study::State::to_public(const search::Trial& core) const {
  Trial trial;
  trial.number = core.number;
  trial.state = search::to_text(core.state);
  if (core.state == search::TrialState::kDone) {
    // Rewards of trials that are not done are no result.
    trial.reward = core.reward;
    trial.within_limits = objective().admits(core.reward);
  }
  if (auto genotype = space->genotype(core.choices)) {
    // A space's genotypes have no name; files and drawings want one.
    genotype->name = "trial-" + std::to_string(core.number);
    trial.genotype = api::to_public(*genotype);
  }
  trial.candidate = space->describe(core.choices);
  if (core.repeats >= 0) trial.repeats = core.repeats;
  trial.measurements = core.measurements;
  if (core.state == search::TrialState::kFailed) trial.failure = core.message;
  trial.core_seconds = core.cost.core_seconds;
  return trial;
}

std::vector<Trial> Study::State::to_public(const std::vector<search::Trial>& core) const {
  std::vector<Trial> trials;
  for (const search::Trial& trial : core) trials.push_back(to_public(trial));
  return trials;
}

Study::Study(std::unique_ptr<State> state) : state_(std::move(state)) {}
Study::Study(Study&&) noexcept = default;
Study& Study::operator=(Study&&) noexcept = default;
Study::~Study() = default;

Study Study::open(const std::string& study, const std::string& store) {
  auto state = std::make_unique<State>();
  state->name = study;
  state->url = store;
  state->store = search::open_store(store, study, search::OpenMode::kRead);
  state->read_settings();
  state->space = search::make_space(state->study.settings);
  return Study(std::move(state));
}

uint64_t Study::seed() const {
  return state_->study.seed;
}

std::map<std::string, std::string> Study::settings() {
  state_->read_settings();
  std::map<std::string, std::string> texts;
  for (const Setting& setting : list_settings(state_->study.settings))
    texts[setting.name] = value_text(setting);
  return texts;
}

bool Study::is_complete() {
  return state_->store->driver().state == search::StudyState::kComplete;
}

std::vector<Trial> Study::trials(const std::string& arm) {
  return state_->to_public(state_->read(arm));
}

std::vector<Trial> Study::best(int64_t count, const std::string& arm) {
  return state_->to_public(state_->best(arm, std::max<int64_t>(0, count)));
}

std::map<std::string, int64_t> Study::counts(const std::string& arm) {
  demand_arm(arm);
  std::map<std::string, int64_t> counts;
  for (const auto& [trial_state, count] : state_->store->counts(arm))
    counts[search::to_text(trial_state)] = count;
  return counts;
}

std::string Study::report() {
  const search::StudyResult result = state_->read();
  const search::SearchSettings& settings = state_->study.settings;
  return report::study_json(settings, state_->study.seed, *state_->space, result,
                            // Names the files without writing them: a reader changes nothing.
                            report::save_best(settings, *state_->space, result, false))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace nasnet
