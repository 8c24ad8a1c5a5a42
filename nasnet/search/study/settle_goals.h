#pragma once

#include <cstdint>

#include "nasnet/search/evaluators/evaluator.h"
#include "nasnet/search/study/search_settings.h"

namespace nasnet::search {

/// Names in goals, limits, references and screens become those of the evaluator's measurements (see
/// QuantityNames). Naming twice changes nothing more. Throws InputError for goals that are not
/// measured, and texts that name nothing.
void name_goals(SearchSettings& settings, const Evaluator& evaluator);

/// Names and settles the goals, limits and screens of the settings: a reference that is not given
/// is derived, and --reward-target becomes a term of the objective. Settling twice changes nothing
/// more.
///
/// A reference is the value of a candidate that has learned nothing (Evaluator::worthless()), or
/// the greatest count of those of 1,000 random candidates that are within the limits, but of at
/// least one.
///
/// Throws InputError, in a second or two: goals that are not measured, limits that cannot be
/// counted beforehand, limits that none of 10,000 random candidates keeps (with the least that was
/// seen), a strategy that holds no front, references that no candidate is better than.
void settle_goals(SearchSettings& settings, const Evaluator& evaluator,
                  const space::SearchSpace& space, uint64_t seed);

}  // namespace nasnet::search
