#include "nasnet/search/study/settle_goals.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/search/strategies/random_choices.h"
#include "nasnet/search/study/limit_reach.h"
#include "nasnet/search/study/quantity_names.h"

namespace nasnet::search {
namespace {

constexpr const char* kJoules = "joules";
constexpr int kReferenceDraws = 1000;

/// A network's energy is nothing that is measured here; the joules of a trial's cost are those of
/// its training.
void refuse_joules(const std::string& flag) {
  throw InputError(
      flag +
      " joules: no evaluator here measures a network's energy: processors' counters "
      "are too coarse for one inference, and the joules of a trial are its training's; "
      "take latency_ms, or an evaluator of your own that measures joules "
      "(docs/evaluators.md)");
}

/// Names that are none are told before directions that nobody knows. Nothing is refused where only
/// an evaluation shows what there is.
void demand_measured(const std::string& flag, const std::string& name,
                     const std::vector<std::string>& measured) {
  if (!is_measurement_name(name) || measured.empty() ||
      std::find(measured.begin(), measured.end(), name) != measured.end())
    return;
  if (name == kJoules) refuse_joules(flag);
  throw InputError(
      fmt::format("{}: unknown measurement '{}'{}", flag, name, suggestion(name, measured)));
}

std::vector<std::string> settled_goals(const std::vector<std::string>& texts,
                                       const QuantityNames& names,
                                       const std::vector<std::string>& measured) {
  std::vector<std::string> goals;
  for (const std::string& text : texts) {
    const std::string name = names.settled(text.substr(text.rfind(' ') + 1));
    demand_measured("--goal", name, measured);
    Goal goal = parse_goal(text);
    goal.measurement = names.settled(goal.measurement);
    goals.push_back(goal.text());
  }
  return goals;
}

/// The counts of random candidates within the limits.
std::vector<Measurements> draw_counts(const Candidates& candidates, const Counter& counter,
                                      const std::vector<std::string>& names, uint64_t seed) {
  Random random(seed, 0, "reference");
  std::vector<Measurements> counts;
  for (int i = 0; i < kReferenceDraws; ++i)
    if (const auto choices = try_random(candidates, random, 1))
      counts.push_back(counter.count(*choices, names));
  if (counts.empty()) counts.push_back(counter.count(random_admitted(candidates, random), names));
  return counts;
}

/// The least loss of a goal that can be counted: a reference below it leaves nothing to be found.
void demand_beatable(const Goal& goal, double reference, const std::vector<Measurements>& counts) {
  double best = std::numeric_limits<double>::infinity();
  for (const Measurements& counted : counts)
    best = std::min(best, goal.loss(counted.at(goal.measurement)));
  if (reference > best) return;
  throw InputError(fmt::format(
      "--reference {}={}: no candidate is better, the best of {} random ones has {}; give a value "
      "that is worse than those that matter",
      goal.measurement, goal.value(reference), counts.size(), amount_text(goal.value(best))));
}

/// "NAME=VALUE" of the goal, where one can be derived.
std::optional<std::string> derived_reference(const Goal& goal, const Measurements& worthless,
                                             const QuantityNames& names,
                                             const std::vector<Measurements>& counts) {
  if (names.counts(goal.measurement)) {
    double worst = -std::numeric_limits<double>::infinity();
    for (const Measurements& counted : counts)
      worst = std::max(worst, goal.loss(counted.at(goal.measurement)));
    return fmt::format("{}={}", goal.measurement, goal.value(worst));
  }
  const auto found = worthless.find(goal.measurement);
  if (found == worthless.end()) return std::nullopt;
  return fmt::format("{}={}", goal.measurement, found->second);
}

/// `limited`: the space within the study's limits.
void settle_reference(StudySettings& study, const Goals& goals, const Evaluator& evaluator,
                      const Candidates& limited, const QuantityNames& names, uint64_t seed) {
  std::vector<std::string> counted;
  for (const Goal& goal : goals)
    if (names.counts(goal.measurement)) counted.push_back(goal.measurement);
  std::vector<Measurements> counts;
  if (!counted.empty()) counts = draw_counts(limited, *evaluator.counter(), counted, seed);
  const Measurements worthless = evaluator.worthless();
  for (const Goal& goal : goals) {
    const bool given = std::any_of(
        study.reference.begin(), study.reference.end(),
        [&](const std::string& text) { return text.rfind(goal.measurement + "=", 0) == 0; });
    if (given) continue;
    if (auto derived = derived_reference(goal, worthless, names, counts))
      study.reference.push_back(std::move(*derived));
  }
  const Losses reference = goals.reference(study.reference);  // names those that are missing
  for (size_t i = 0; i < goals.size(); ++i)
    if (names.counts(goals[i].measurement)) demand_beatable(goals[i], reference[i], counts);
}

void settle_reward_target(StudySettings& study, const QuantityNames& names,
                          const std::vector<std::string>& measured) {
  if (study.reward_target.empty()) return;
  if (!is_policy(study.strategy))
    throw InputError(fmt::format(
        "--reward-target: it is for ppo and reinforce; {} takes --goal and --limit instead",
        to_text(study.strategy)));
  const auto [given, target] = parse_named_amount(study.reward_target, "--reward-target");
  const std::string name = names.settled(given);
  demand_measured("--reward-target", name, measured);
  if (target <= 0)
    throw InputError(
        fmt::format("--reward-target {}: the target must be above 0", study.reward_target));
  const std::string term = fmt::format(", {} near {}", name, target);
  // It is there already where the study is resumed; "near 10" is not "near 100".
  if ((study.objective + ",").find(term + ",") == std::string::npos) study.objective += term;
}

/// By multiply-adds and jacov where nothing else is said, but not by a quantity that is limited:
/// the best would lie at its limit.
void settle_screen(StudySettings& study, const QuantityNames& names,
                   const std::vector<HardLimit>& limits) {
  if (study.screen == 1) {
    if (study.screen_by.empty()) return;
    throw InputError("--screen-by: there is no screen; add --screen 4");
  }
  if (is_policy(study.strategy))
    throw InputError(
        fmt::format("--screen: {} learns from the candidates that it draws, of which a screen "
                    "keeps others; add --strategy evolution, bananas or random",
                    to_text(study.strategy)));
  if (!study.screen_by.empty()) return;
  for (const char* usual : {"multiply_adds", "jacov"}) {
    const std::string name = names.settled(usual);
    const bool limited = std::any_of(limits.begin(), limits.end(), [&](const HardLimit& limit) {
      return limit.quantity == name;
    });
    if (names.counts(name) && !limited) study.screen_by.push_back(name);
  }
  if (study.screen_by.empty())
    throw InputError(
        "--screen: there is nothing to rank candidates by but limits; add --scores jacov, or a "
        "--screen-by");
}

/// The models of other strategies read nothing, and those of bananas no less than the screen.
void settle_columns(StudySettings& study, const QuantityNames& names) {
  if (study.columns.empty()) return;
  if (study.strategy != StrategyKind::kBananas)
    throw InputError(fmt::format("--column: {} has no model that reads it; add --strategy bananas",
                                 to_text(study.strategy)));
  for (std::string& name : study.columns) name = names.settled(name);
  std::vector<std::string> once = study.columns;
  std::sort(once.begin(), once.end());
  if (const auto twice = std::adjacent_find(once.begin(), once.end()); twice != once.end())
    throw InputError(fmt::format("--column {}: it is given twice", *twice));
}

void demand_rungs(const StudySettings& study, const std::vector<std::string>& measured) {
  const std::string& text = study.halving.rung_by;
  demand_measured("--rung-by", text.substr(text.rfind(' ') + 1), measured);
  rung_criterion(study.halving, Objective(study.objective));
}

void demand_front(const StudySettings& study) {
  if (study.goals.empty() || holds_front(study.strategy) ||
      study.strategy == StrategyKind::kRandom || !study.reward_target.empty())
    return;
  throw InputError(fmt::format(
      "--goal: {0} learns from one number; add --strategy bananas (or evolution), which look for "
      "the front, or say by --reward-target what {0} is to aim at",
      to_text(study.strategy)));
}

QuantityNames quantity_names(const StudySettings& study, const Evaluator& evaluator) {
  const auto counter = evaluator.counter();
  return {counter ? counter->quantities() : std::vector<std::string>(), study.limit_stack};
}

}  // namespace

void name_goals(SearchSettings& settings, const Evaluator& evaluator) {
  StudySettings& study = settings.study;
  if (study.limits == std::vector<std::string>{"none"}) study.limits.clear();
  const QuantityNames names = quantity_names(study, evaluator);
  study.goals = settled_goals(study.goals, names, evaluator.measurements());
  for (std::string& text : study.limits) text = names.settled_text(text);
  for (std::string& text : study.reference) text = names.settled_text(text);
  for (std::string& text : study.screen_by) {
    ScreenTerm term = parse_screen_term(text);
    term.quantity = names.settled(term.quantity);
    text = term.text();
  }
}

void settle_goals(SearchSettings& settings, const Evaluator& evaluator,
                  const space::SearchSpace& space, uint64_t seed) {
  name_goals(settings, evaluator);
  StudySettings& study = settings.study;
  const auto counter = evaluator.counter();
  const QuantityNames names = quantity_names(study, evaluator);
  const Goals goals(study.goals);
  demand_front(study);
  settle_reward_target(study, names, evaluator.measurements());
  const auto limits = parse_hard_limits(study.limits);
  for (const HardLimit& limit : limits)
    if (limit.quantity == kJoules && !names.counts(kJoules)) refuse_joules("--limit");
  // Refuses what cannot be counted.
  Candidates limited(space, {}, {}, limits, counter);
  if (limited.is_limited()) demand_reachable(limits, space, *counter, seed);
  settle_screen(study, names, limits);
  settle_columns(study, names);
  demand_rungs(study, evaluator.measurements());
  limited.set_screen(parse_screen(study.screen, study.screen_by));
  limited.set_columns(study.columns);
  if (goals.empty() && !study.reference.empty())
    throw InputError("--reference: there is no --goal that it could be of");
  settle_reference(study, goals, evaluator, limited, names, seed);
}

}  // namespace nasnet::search
