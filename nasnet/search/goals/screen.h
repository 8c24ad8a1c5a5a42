#pragma once

#include <string>
#include <vector>

#include "nasnet/search/goals/measurements.h"

namespace nasnet::search {

/// A quantity that candidates are ranked by before any is evaluated.
struct ScreenTerm {
  std::string quantity;
  bool maximize = true;
  bool operator==(const ScreenTerm&) const = default;

  /// As one types it: "jacov", "minimize parameters".
  std::string text() const { return (maximize ? "" : "minimize ") + quantity; }
};

/// "jacov", "maximize multiply_adds", "minimize parameters": more is better where nothing is said.
/// Throws InputError that begins with --screen-by.
ScreenTerm parse_screen_term(const std::string& text);

/// Draws several candidates for each that is evaluated.
struct Screen {
  int draws = 1;  ///< of which one is evaluated
  std::vector<ScreenTerm> terms;

  bool is_used() const { return draws > 1; }
  /// The place of the candidate whose ranks by all terms have the least sum; of equal ones the
  /// first. A candidate without a quantity ranks last by it.
  size_t best_of(const std::vector<Measurements>& counted) const;
};

/// The same from texts; throws as parse_screen_term() does, and for a quantity that is there twice.
Screen parse_screen(int draws, const std::vector<std::string>& terms);

}  // namespace nasnet::search
