#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nasnet/space/search_space.h"

namespace nasnet::dashboard {

/// Decisions of one meaning: all operations of the normal cell, say.
struct ChoiceGroup {
  std::string cell;                  ///< "normal": the decisions' names before the first '.', or ""
  std::string about;                 ///< "left_op, right_op": the last parts of their names
  std::vector<std::string> choices;  ///< of the decision that has most
  std::vector<size_t> decisions;
};

/// The decisions of a space in groups, in their order: those of the same cell whose choices have
/// the same names; where choices have numbers only, those of the same kind.
std::vector<ChoiceGroup> choice_groups(const space::SearchSpace& space);

}  // namespace nasnet::dashboard
