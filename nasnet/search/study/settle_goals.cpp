#include "nasnet/search/study/settle_goals.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/processors.h"
#include "nasnet/search/strategies/random_choices.h"

namespace nasnet::search {
namespace {

constexpr const char* kJoules = "joules";
constexpr int kReachTries = 10000, kReferenceDraws = 1000;

/// The names that the evaluator counts by.
class Names {
 public:
  Names(std::vector<std::string> quantities, LimitStack stack)
      : quantities_(std::move(quantities)), stack_(stack) {}

  bool counts(const std::string& name) const {
    return std::find(quantities_.begin(), quantities_.end(), name) != quantities_.end();
  }
  std::string settled(const std::string& name) const {
    const std::string of_final = "final_" + name;
    return stack_ == LimitStack::kFinal && counts(of_final) ? of_final : name;
  }
  /// Of "NAME=VALUE" and its like.
  std::string settled_text(const std::string& text) const {
    const size_t end = std::min(text.find_first_of("<>="), text.size());
    return settled(text.substr(0, end)) + text.substr(end);
  }

 private:
  std::vector<std::string> quantities_;
  LimitStack stack_;
};

/// "10.3M to 40M", of each limited quantity of the candidates that were drawn.
class Seen {
 public:
  void add(const Measurements& counted) {
    for (const auto& [name, value] : counted) add(name, {value, value});
  }
  void add(const Seen& other) {
    for (const auto& [name, span] : other.span_) add(name, span);
  }
  std::string describe(const std::vector<HardLimit>& limits) const {
    std::vector<std::string> parts;
    for (const HardLimit& limit : limits) {
      const auto& [least, most] = span_.at(limit.quantity);
      parts.push_back(
          limit.at_most
              ? fmt::format("the least {} seen was {}", limit.quantity, amount_text(least))
              : fmt::format("the greatest {} seen was {}", limit.quantity, amount_text(most)));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }

 private:
  void add(const std::string& name, const std::pair<double, double>& other) {
    auto& [least, most] = span_.emplace(name, other).first->second;
    least = std::min(least, other.first);
    most = std::max(most, other.second);
  }
  std::map<std::string, std::pair<double, double>> span_;
};

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

std::vector<std::string> settled_goals(const std::vector<std::string>& texts, const Names& names,
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

/// Each draw has a stream of its own, so that threads share them out.
void demand_reachable(const std::vector<HardLimit>& limits, const space::SearchSpace& space,
                      const Counter& counter, uint64_t seed) {
  std::vector<std::string> names, texts;
  for (const HardLimit& limit : limits) {
    names.push_back(limit.quantity);
    texts.push_back(limit.text());
  }
  std::atomic<bool> reached = false;
  std::atomic<int> next = 0;
  std::vector<Seen> seen(static_cast<size_t>(usable_cores()));
  const auto draw = [&](Seen& own) {
    for (int i = next++; i < kReachTries && !reached; i = next++) {
      Random random(seed, static_cast<uint64_t>(i), "limits");
      const Measurements counted = counter.count(random_choices(space, random), names);
      if (admits(limits, counted)) reached = true;
      own.add(counted);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (size_t t = 1; t < seen.size(); ++t) threads.emplace_back(draw, std::ref(seen[t]));
    draw(seen[0]);
  }
  if (reached) return;
  for (size_t t = 1; t < seen.size(); ++t) seen[0].add(seen[t]);
  throw InputError(fmt::format("--limit {}: none of {} random candidates is within; {}",
                               fmt::join(texts, ", "), kReachTries, seen[0].describe(limits)));
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

void settle_reference(StudySettings& study, const Goals& goals, const Evaluator& evaluator,
                      const space::SearchSpace& space, const Names& names, uint64_t seed) {
  const Measurements worthless = evaluator.worthless();
  const auto counter = evaluator.counter();
  std::vector<Measurements> counts;
  std::vector<std::string> counted;
  for (const Goal& goal : goals)
    if (names.counts(goal.measurement)) counted.push_back(goal.measurement);
  if (!counted.empty())
    counts = draw_counts(Candidates(space, {}, {}, parse_hard_limits(study.limits), counter),
                         *counter, counted, seed);
  for (const Goal& goal : goals) {
    const std::string start = goal.measurement + "=";
    if (std::any_of(study.reference.begin(), study.reference.end(),
                    [&](const std::string& text) { return text.rfind(start, 0) == 0; }))
      continue;
    if (names.counts(goal.measurement)) {
      double worst = -std::numeric_limits<double>::infinity();
      for (const Measurements& counted : counts)
        worst = std::max(worst, goal.loss(counted.at(goal.measurement)));
      study.reference.push_back(fmt::format("{}{}", start, goal.value(worst)));
    } else if (worthless.contains(goal.measurement)) {
      study.reference.push_back(fmt::format("{}{}", start, worthless.at(goal.measurement)));
    }
  }
  const Losses reference = goals.reference(study.reference);  // names those that are missing
  for (size_t i = 0; i < goals.size(); ++i)
    if (names.counts(goals[i].measurement)) demand_beatable(goals[i], reference[i], counts);
}

void settle_reward_target(StudySettings& study, const Names& names) {
  if (study.reward_target.empty()) return;
  if (study.strategy != StrategyKind::kPpo && study.strategy != StrategyKind::kReinforce)
    throw InputError(fmt::format(
        "--reward-target: it is for ppo and reinforce; {} takes --goal and --limit instead",
        to_text(study.strategy)));
  const auto [name, target] = parse_named_amount(study.reward_target, "--reward-target");
  if (target <= 0)
    throw InputError(
        fmt::format("--reward-target {}: the target must be above 0", study.reward_target));
  const std::string term = fmt::format(", {} near {}", names.settled(name), target);
  if (study.objective.find(term) == std::string::npos) study.objective += term;
}

/// By multiply-adds and jacov where nothing else is said, but not by a quantity that is limited:
/// the best would lie at its limit.
void settle_screen(StudySettings& study, const Names& names, const std::vector<HardLimit>& limits) {
  if (study.screen == 1) {
    if (study.screen_by.empty()) return;
    throw InputError("--screen-by: there is no screen; add --screen 4");
  }
  if (study.strategy == StrategyKind::kPpo || study.strategy == StrategyKind::kReinforce)
    throw InputError(
        fmt::format("--screen: {} learns from the candidates that it draws, of which a screen "
                    "keeps others; add "
                    "--strategy evolution, bananas or random",
                    to_text(study.strategy)));
  std::vector<std::string> terms;
  for (const std::string& text : study.screen_by) {
    ScreenTerm term = parse_screen_term(text);
    term.quantity = names.settled(term.quantity);
    terms.push_back(term.text());
  }
  for (const char* usual : {"multiply_adds", "jacov"}) {
    const std::string name = names.settled(usual);
    const bool limited = std::any_of(limits.begin(), limits.end(), [&](const HardLimit& limit) {
      return limit.quantity == name;
    });
    if (study.screen_by.empty() && names.counts(name) && !limited) terms.push_back(name);
  }
  if (terms.empty())
    throw InputError(
        "--screen: there is nothing to rank candidates by but limits; add --scores jacov, or a "
        "--screen-by");
  study.screen_by = terms;
}

/// The models of other strategies read nothing, and those of bananas no less than the screen.
void settle_columns(StudySettings& study, const Names& names) {
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

}  // namespace

void settle_goals(SearchSettings& settings, const Evaluator& evaluator,
                  const space::SearchSpace& space, uint64_t seed) {
  StudySettings& study = settings.study;
  if (study.limits == std::vector<std::string>{"none"}) study.limits.clear();
  const auto counter = evaluator.counter();
  const Names names(counter ? counter->quantities() : std::vector<std::string>(),
                    study.limit_stack);
  study.goals = settled_goals(study.goals, names, evaluator.measurements());
  const Goals goals(study.goals);
  for (std::string& text : study.limits) text = names.settled_text(text);
  for (std::string& text : study.reference) text = names.settled_text(text);
  demand_front(study);
  settle_reward_target(study, names);
  const auto limits = parse_hard_limits(study.limits);
  for (const HardLimit& limit : limits)
    if (limit.quantity == kJoules && !names.counts(kJoules)) refuse_joules("--limit");
  const Candidates limited(space, {}, {}, limits, counter);  // refuses what cannot be counted
  if (!limits.empty()) demand_reachable(limits, space, *counter, seed);
  settle_screen(study, names, limits);
  settle_columns(study, names);
  demand_rungs(study, evaluator.measurements());
  // Refuses what cannot be counted.
  Candidates known(space, {}, {}, {}, counter);
  known.set_screen(parse_screen(study.screen, study.screen_by));
  known.set_columns(study.columns);
  if (goals.empty() && !study.reference.empty())
    throw InputError("--reference: there is no --goal that it could be of");
  settle_reference(study, goals, evaluator, space, names, seed);
}

}  // namespace nasnet::search
