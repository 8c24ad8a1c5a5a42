#pragma once

#include <string>
#include <vector>

#include "nasnet/search/goals/measurements.h"

namespace nasnet::search {

/// A bound on a quantity that is known before a candidate is evaluated (see Counter): no candidate
/// beyond it is ever proposed.
struct HardLimit {
  std::string quantity;
  bool at_most = true;  ///< or at least
  double bound = 0;
  bool operator==(const HardLimit&) const = default;

  bool admits(double value) const { return at_most ? value <= bound : value >= bound; }
  /// As one types it: "multiply_adds=30000000", "parameters>=100000".
  std::string text() const;
};

/// Each "NAME=VALUE" or "NAME<=VALUE" (at most), or "NAME>=VALUE" (at least). Throws InputError
/// that begins with --limit: also for two bounds of a side, and for bounds that nothing is within.
std::vector<HardLimit> parse_hard_limits(const std::vector<std::string>& texts);

/// True where the quantities are within all limits. Throws as measured() does.
bool admits(const std::vector<HardLimit>& limits, const Measurements& quantities);

}  // namespace nasnet::search
