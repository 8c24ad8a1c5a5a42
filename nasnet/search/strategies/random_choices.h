#pragma once

#include <optional>

#include "nasnet/base/random.h"
#include "nasnet/search/goals/candidates.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// A candidate whose decisions are drawn uniformly, each by itself. Isomorphic candidates are as
/// likely together as they have names.
space::Choices random_choices(const space::SearchSpace& space, Random& random);

/// Gives one decision another choice: the decision is drawn uniformly of those with more than one
/// choice, then the choice of its others. Nothing where there is no such decision.
void mutate(const space::SearchSpace& space, space::Choices& choices, Random& random);

/// Draws of a candidate that are made before something else is tried.
inline constexpr int kDraws = 1000;

/// The same as random_choices(), drawn again until the candidate is within the limits: uniform over
/// those that are. None where none of so many draws is.
std::optional<space::Choices> try_random(const Candidates& candidates, Random& random, int draws);
/// Goes on for a million draws. Throws InputError where nothing is within the limits.
space::Choices random_admitted(const Candidates& candidates, Random& random);

/// The parent with so many mutations, within the limits. Where the first one is not, others of one
/// to three mutations are tried; after kDraws of them a random candidate is taken.
space::Choices mutate_admitted(const Candidates& candidates, const space::Choices& parent,
                               int mutations, Random& random);

}  // namespace nasnet::search
