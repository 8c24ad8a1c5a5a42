#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nasnet::dashboard {

/// Rows of a table that are to be drawn, of too many to draw them all.
struct PointsToThin {
  std::span<const std::vector<double>> columns;  ///< those that are drawn; may hold no numbers
  std::span<const size_t> rows;                  ///< candidates, ascending
  std::span<const size_t> front;                 ///< those among them that must stay, in order
  std::span<const uint8_t> matches;              ///< by row: 1 for those that are asked for
};

/// At most `most` of the rows, ascending. First stay, of those that match, the extremes of each
/// column, and the front (evenly spaced where it is longer than half of `most`, its ends
/// included); then extremes of all rows; then others that match, and last those that do not, in an
/// order that depends on their numbers alone: the same rows are drawn again when a study has grown,
/// and anywhere else.
std::vector<size_t> thin_points(const PointsToThin& points, size_t most);

}  // namespace nasnet::dashboard
