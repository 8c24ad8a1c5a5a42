#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/dashboard/arm_table.h"
#include "nasnet/dashboard/choice_groups.h"
#include "nasnet/search/study/statistics.h"

namespace nasnet::dashboard {

/// The mean reward of the trials that have a choice less that of those that have not, with Welch's
/// interval; none where either are fewer than two.
struct ChoiceEffect {
  std::string about;  ///< the group, "normal: left_op, right_op", or the decision's name
  std::string choice;
  int64_t with = 0, without = 0;  ///< trials
  std::optional<search::Estimate> effect;
};

/// Of groups: a trial has a choice that at least one of the group's decisions has made. Of
/// decisions: that this one has made.
enum class EffectsBy { kGroup, kDecision };
constexpr EnumNames<EffectsBy, 2> names_of(EffectsBy) {
  return {{{EffectsBy::kGroup, "group"}, {EffectsBy::kDecision, "decision"}}};
}

/// Over the trials before `count` that are done, within the limits, and repeat no other.
std::vector<ChoiceEffect> choice_effects(const ArmTable& table, const ArmColumns& columns,
                                         const search::Objective& objective,
                                         const space::SearchSpace& space, int64_t count,
                                         EffectsBy by);

/// The limits of what such effects tell, in sentences: they are correlations, and of many intervals
/// some exclude 0 by chance.
std::string effects_caution(const std::vector<ChoiceEffect>& effects, bool drawn_at_random);

}  // namespace nasnet::dashboard
