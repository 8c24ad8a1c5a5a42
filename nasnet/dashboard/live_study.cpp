#include "nasnet/dashboard/live_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/dashboard/arm_json.h"
#include "nasnet/dashboard/workers_json.h"
#include "nasnet/report/repeat_command.h"
#include "nasnet/report/study_alarms.h"
#include "nasnet/report/study_json.h"
#include "nasnet/search/study/search_settings.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/space/cell_difference.h"
#include "nasnet/space/draw.h"

// A study is described by the functions that `search --json` uses, from the same trials.

namespace nasnet::dashboard {
namespace {

using nlohmann::ordered_json;
using search::StudyState;
using search::Trial;
using search::TrialState;

constexpr std::array kArms = {search::kSearchArm, search::kBaselineArm, search::kRetrainArm,
                              search::kSampleArm};
/// A driver beats about once a second.
constexpr auto kSilence = std::chrono::seconds(20);
/// For a database that is out of reach the others do not wait.
constexpr double kPatience = 2;

}  // namespace

LiveStudy::LiveStudy(std::string id, std::string store, std::string study)
    : id_(std::move(id)), store_(std::move(store)), name_(std::move(study)) {}

void LiveStudy::open() {
  open_ = std::make_unique<Open>();
  open_->store = search::open_store(store_, name_, search::OpenMode::kRead, kPatience);
  for (size_t k = 0; k < kArms.size(); ++k) open_->arms[k].arm = kArms[k];
}

/// Whoever resumes a study may give it more trials, and the like. True if they are new.
bool LiveStudy::read_settings() {
  const nlohmann::json stored = open_->store->settings();
  if (open_->spec && stored == open_->stored) return false;
  open_->study = search::read_stored_study(*open_->store);
  open_->study.settings.study_file = name_;
  open_->space = search::make_space(open_->study.settings);
  open_->spec.emplace(search::make_spec(open_->study.settings, *open_->space, open_->study.seed));
  open_->fronts.assign(open_->spec->objective.goals().empty() ? 0 : open_->tables.size(),
                       ArmFront(open_->spec->objective));
  open_->stored = stored;
  return true;
}

bool LiveStudy::look() {
  if (!open_) open();
  bool is_new = read_settings();
  for (ArmColumns& columns : open_->arms)
    if (dashboard::refresh(columns, *open_->store)) is_new = true;
  const search::DriverRecord driver = open_->store->driver();
  if (driver.beat != open_->driver.beat || driver.epoch != open_->driver.epoch)
    beaten_ = Clock::now();
  if (driver.state != open_->driver.state || driver.owner != open_->driver.owner) is_new = true;
  open_->driver = driver;
  if (std::exchange(was_silent_, is_silent()) != was_silent_) is_new = true;
  return is_new;
}

bool LiveStudy::refresh() {
  const std::lock_guard lock(mutex_);
  bool is_new = false;
  std::string problem;
  try {
    is_new = look();
  } catch (const Error& error) {
    problem = error.what();
  } catch (const nlohmann::json::exception& error) {
    problem = fmt::format("study {} is damaged: {}", name_, error.what());
  }
  if (!problem.empty()) open_.reset();
  if (problem != problem_) is_new = true;
  problem_ = problem;
  if (is_new) ++revision_;
  return is_new;
}

int64_t LiveStudy::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

bool LiveStudy::is_silent() const {
  return open_->driver.state == StudyState::kRunning && Clock::now() - beaten_ > kSilence;
}

LiveStudy::Open& LiveStudy::demand_open() {
  if (!open_) throw InputError(problem_);
  return *open_;
}

const ArmColumns& LiveStudy::arm(const Open& open, const std::string& name) const {
  const auto found = std::ranges::find(open.arms, name, &ArmColumns::arm);
  if (found == open.arms.end())
    throw InputError(fmt::format("a study has no arm '{}'", printable(name)));
  return *found;
}

/// The trials of an arm that are shown: strategies propose more than are asked for.
int64_t LiveStudy::listed(const Open& open, const std::string& name) const {
  const int64_t size = arm(open, name).size();
  return search::is_extra_arm(name) ? size
                                    : std::min(size, search::asked_trials(open.spec->settings));
}

ordered_json LiveStudy::head() const {
  return {{"id", id_},
          {"name", printable(name_)},
          {"problem", problem_.empty() ? ordered_json(nullptr) : ordered_json(problem_)},
          {"revision", revision_}};
}

ordered_json LiveStudy::arm_json(Open& open, const ArmColumns& columns) {
  const search::Objective& objective = open.spec->objective;
  const int64_t asked = search::asked_trials(open.spec->settings);
  const auto listed = static_cast<std::ptrdiff_t>(std::min(asked, columns.size()));
  const auto counts = counts_of(columns, asked);
  ordered_json by_state = ordered_json::object();
  for (const auto& [state, count] : counts) by_state[std::string(to_text(state))] = count;
  ordered_json object = progress_json(columns, asked, counts);
  object.update({{"states", by_state},
                 {"repeats", std::accumulate(columns.repeats.begin(),
                                             columns.repeats.begin() + listed, int64_t{0})},
                 {"mean", mean_json(columns, objective, asked)},
                 {"best", nullptr}});
  ordered_json causes = ordered_json::object();
  if (count_in(counts, TrialState::kFailed) > 0)
    for (const auto& [cause, count] : open.store->failed_by_cause(columns.arm))
      causes[std::string(search::to_text(cause))] = count;
  object["failed_by_cause"] = causes;
  for (const Trial& trial : open.store->best(columns.arm, 1, asked, objective.least_reward()))
    object["best"] = report::trial_json(*open.space, objective, trial);
  return object;
}

std::vector<const ArmColumns*> LiveStudy::shown_arms(const Open& open) const {
  std::vector<const ArmColumns*> arms = {&open.arms[0]};
  if (search::has_baseline(open.spec->settings)) arms.push_back(&open.arms[1]);
  return arms;
}

/// As far as lists and the study's own page agree.
ordered_json LiveStudy::describe(const Open& open) const {
  ordered_json object = head();
  object.update({{"state", search::to_text(open.driver.state)},
                 {"silent", is_silent()},
                 {"strategy", to_text(open.spec->settings.strategy)},
                 {"space", open.study.settings.space},
                 {"objective", open.spec->settings.objective},
                 {"is_accuracy", open.spec->objective.is_accuracy()},
                 {"arms", ordered_json::array()},
                 {"seconds", open.driver.seconds}});
  object.update(cost_json(cost_of(open.arms)));
  object.update(pace_json(open.arms, *open.spec, open.driver));
  return object;
}

ordered_json LiveStudy::overview() {
  const std::lock_guard lock(mutex_);
  return open_ ? overview_json(*open_) : head();
}

ordered_json LiveStudy::overview_json(Open& open) const {
  const search::Objective& objective = open.spec->objective;
  const int64_t asked = search::asked_trials(open.spec->settings);
  ordered_json object = describe(open);
  for (const ArmColumns* columns : shown_arms(open)) {
    ordered_json one = progress_json(*columns, asked, counts_of(*columns, asked));
    one["best"] = nullptr;
    for (const Trial& trial : open.store->best(columns->arm, 1, asked, objective.least_reward()))
      one["best"] = {{"number", trial.number},
                     {"reward", trial.reward},
                     {"interval", interval_json(search::reward_interval(trial, objective))}};
    object["arms"].push_back(std::move(one));
  }
  return object;
}

ordered_json LiveStudy::detail() {
  const std::lock_guard lock(mutex_);
  if (!open_) return head();
  Open& open = *open_;
  ordered_json object = describe(open);
  const search::Objective& objective = open.spec->objective;
  const search::StudyResult result = search::read_study_briefly(*open.store, *open.spec);
  for (const ArmColumns* columns : shown_arms(open))
    object["arms"].push_back(arm_json(open, *columns));
  object["goals"] = goals_json(objective);
  object["has_cells"] = open.space->has_genotypes();
  object["findings"] = report::findings_json(search::find(result));
  object["alarms"] = ordered_json::array();
  for (const search::Alarm& alarm : report::alarms_of(*open.space, result))
    object["alarms"].push_back({{"name", alarm.name}, {"text", alarm.text}});
  object["comparison"] = nullptr;
  const auto ours = search::best_trials(result.search, 1, objective),
             chance = search::best_trials(result.baseline, 1, objective);
  if (!ours.empty() && !chance.empty())
    object["comparison"] = search::compare_bests(std::string(to_text(open.spec->settings.strategy)),
                                                 ours[0], "random", chance[0], objective);
  object["workers"] = workers_json(*open.store, open.driver.state == search::StudyState::kRunning
                                                    ? std::span(open.arms)
                                                    : std::span<ArmColumns>());
  object["driver"] = to_text(open.driver.owner);
  object["ledger"] = ledger_json(open.arms, open.study.settings);
  search::SearchSettings shown = open.study.settings;
  shown.store = search::without_password(store_);
  object["seed"] = open.study.seed;
  object["settings"] = settings_to_json(shown);
  object["command"] = report::repeat_command(shown, open.study.seed);
  return object;
}

ordered_json LiveStudy::curves_json(Open& open, Along along, int64_t most) const {
  const int64_t asked = search::asked_trials(open.spec->settings);
  ordered_json object = {{"revision", revision_}, {"along", to_text(along)}};
  for (const ArmColumns* columns : shown_arms(open)) {
    const Curve curve = draw_curve(*columns, open.spec->objective, asked, along, most);
    std::vector<Trial> improvements;
    for (const Improvement& one : curve.improvements)
      improvements.push_back(open.store->trials(columns->arm, one.trial, one.trial + 1).at(0));
    object[columns->arm] = curve_json(curve, open.spec->objective, improvements);
  }
  return object;
}

ordered_json LiveStudy::curve(Along along, int64_t most) {
  const std::lock_guard lock(mutex_);
  return curves_json(demand_open(), along, most);
}

std::pair<ordered_json, report::ComparedStudy> LiveStudy::compared(Along along, int64_t most) {
  const std::lock_guard lock(mutex_);
  Open& open = demand_open();
  ordered_json object = overview_json(open);
  object["curve"] = curves_json(open, along, most);
  report::ComparedStudy study = {printable(name_), open.study.settings, {}};
  for (Trial& trial :
       open.store->best(search::kSearchArm, 1, search::asked_trials(open.spec->settings),
                        open.spec->objective.least_reward()))
    study.best = std::move(trial);
  return {std::move(object), std::move(study)};
}

ordered_json LiveStudy::best(const std::string& arm_name, int64_t count) {
  const std::lock_guard lock(mutex_);
  Open& open = demand_open();
  arm(open, arm_name);
  ordered_json list = ordered_json::array();
  for (const Trial& trial :
       open.store->best(arm_name, count, search::asked_trials(open.spec->settings),
                        open.spec->objective.least_reward()))
    list.push_back(report::trial_json(*open.space, open.spec->objective, trial));
  return {{"revision", revision_}, {"arm", arm_name}, {"trials", list}};
}

ordered_json LiveStudy::trials(const std::string& arm_name, int64_t first, int64_t count) {
  const std::lock_guard lock(mutex_);
  Open& open = demand_open();
  const int64_t size = listed(open, arm_name);
  ordered_json list = ordered_json::array();
  for (const Trial& trial :
       open.store->trials(arm_name, first, std::max(first, std::min(first + count, size))))
    list.push_back(report::trial_json(*open.space, open.spec->objective, trial));
  return {{"revision", revision_},
          {"arm", arm_name},
          {"first", first},
          {"size", size},
          {"trials", list}};
}

Trial LiveStudy::read_trial(const std::string& arm_name, int64_t number) {
  Open& open = demand_open();
  if (number < 0 || number >= listed(open, arm_name))
    throw InputError(fmt::format("the {} arm has no trial {}", arm_name, number));
  return open.store->trials(arm_name, number, number + 1).at(0);
}

ordered_json LiveStudy::trial(const std::string& arm_name, int64_t number) {
  const std::lock_guard lock(mutex_);
  const Trial trial = read_trial(arm_name, number);
  ordered_json object = {{"revision", revision_}, {"arm", arm_name}};
  object.update(report::trial_json(*open_->space, open_->spec->objective, trial));
  object["line"] = open_->space->describe(trial.choices);
  const search::TrialTrace trace = open_->store->trace(arm_name, number);
  object["finished"] = trace.finished > 0 ? ordered_json(trace.finished) : ordered_json(nullptr);
  object["curve"] = ordered_json::array();
  for (const search::CurvePoint& one : trace.curve)
    object["curve"].push_back(
        {{"epoch", one.epoch}, {"loss", one.loss}, {"accuracy", one.accuracy}});
  object["log"] = trace.log;
  object.update(cost_json(trial.cost));
  return object;
}

std::string LiveStudy::cell_svg(const std::string& arm_name, int64_t number,
                                const std::optional<std::pair<std::string, int64_t>>& against) {
  std::optional<space::Genotype> genotype, other;
  {
    const std::lock_guard lock(mutex_);
    const Trial trial = read_trial(arm_name, number);
    genotype = open_->space->genotype(trial.choices);
    if (against)
      other = open_->space->genotype(read_trial(against->first, against->second).choices);
  }
  if (!genotype) throw InputError("candidates of this space have no cells to draw");
  if (!other) return space::draw_svg(*genotype);
  return space::draw_svg(*genotype, space::differing_parts(*genotype, *other));
}

}  // namespace nasnet::dashboard
