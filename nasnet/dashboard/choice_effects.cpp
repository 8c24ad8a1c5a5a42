#include "nasnet/dashboard/choice_effects.h"

#include <fmt/format.h>

#include <algorithm>

namespace nasnet::dashboard {
namespace {

using search::Moments;

/// Those of one list without those of the other, which are among them.
Moments rest_of(const Moments& all, const Moments& part) {
  Moments rest;
  rest.count = all.count - part.count;
  if (rest.count == 0) return rest;
  const auto n = static_cast<double>(all.count), with = static_cast<double>(part.count),
             without = static_cast<double>(rest.count);
  rest.mean = (n * all.mean - with * part.mean) / without;
  const double apart = part.mean - rest.mean;
  // Chan, Golub and LeVeque 1983, solved for one of the parts.
  rest.squares = std::max(0.0, all.squares - part.squares - apart * apart * with * without / n);
  return rest;
}

/// Rewards by each choice of some decisions.
struct Subject {
  std::string about;
  std::vector<std::string> choices;
  std::vector<size_t> decisions;
  std::vector<Moments> with = std::vector<Moments>(choices.size());
};

std::vector<Subject> subjects_of(const space::SearchSpace& space, EffectsBy by) {
  std::vector<Subject> subjects;
  if (by == EffectsBy::kGroup) {
    for (const ChoiceGroup& group : choice_groups(space)) {
      const char* const between = group.cell.empty() || group.about.empty() ? "" : ": ";
      subjects.push_back({group.cell + between + group.about, group.choices, group.decisions});
    }
    return subjects;
  }
  for (size_t d = 0; d < space.decisions().size(); ++d) {
    std::vector<std::string> names;
    for (int c = 0; c < space.decisions()[d].choices; ++c) names.push_back(space.choice_name(d, c));
    subjects.push_back({space.decisions()[d].name, std::move(names), {d}});
  }
  return subjects;
}

}  // namespace

std::vector<ChoiceEffect> choice_effects(const ArmTable& table, const ArmColumns& columns,
                                         const search::Objective& objective,
                                         const space::SearchSpace& space, int64_t count,
                                         EffectsBy by) {
  std::vector<Subject> subjects = subjects_of(space, by);
  Moments all;
  std::vector<uint8_t> seen;
  const auto end = static_cast<size_t>(std::clamp<int64_t>(count, 0, table.size()));
  for (size_t i = 0; i < end; ++i) {
    if (table.done[i] == 0 || columns.repeats[i] != 0 || !objective.admits(columns.reward[i]))
      continue;
    const double reward = columns.reward[i];
    all.add(reward);
    const uint16_t* const choices = table.choices_of(i);
    for (Subject& subject : subjects) {
      seen.assign(subject.choices.size(), 0);
      for (const size_t d : subject.decisions) {
        const size_t choice = choices[d];
        if (choice >= seen.size() || seen[choice] != 0) continue;
        seen[choice] = 1;
        subject.with[choice].add(reward);
      }
    }
  }
  std::vector<ChoiceEffect> effects;
  for (const Subject& subject : subjects)
    for (size_t c = 0; c < subject.choices.size(); ++c) {
      const Moments& with = subject.with[c];
      const Moments without = rest_of(all, with);
      ChoiceEffect one = {subject.about, subject.choices[c], with.count, without.count, {}};
      if (with.count > 1 && without.count > 1) one.effect = welch_difference(with, without);
      effects.push_back(std::move(one));
    }
  return effects;
}

std::string effects_caution(const std::vector<ChoiceEffect>& effects, bool drawn_at_random) {
  const auto judged = std::ranges::count_if(
      effects, [](const ChoiceEffect& one) { return one.effect.has_value(); });
  constexpr double kOutside = 0.05;
  return fmt::format(
      "These are correlations, no causes: {}. Of {} intervals of 95 % about {:.2g} would leave "
      "out 0 by chance alone.",
      drawn_at_random
          ? "random candidates draw each choice by itself, yet a choice may do well only beside "
            "others"
          : "a strategy that learns makes its later, better candidates alike in many choices, "
            "whichever of them helps",
      judged, kOutside * static_cast<double>(judged));
}

}  // namespace nasnet::dashboard
