#pragma once

namespace nasnet::train {

/// The stack that found cells are trained in where nothing else is said: N normal cells a stage, F
/// filters in the first one.
inline constexpr int kUsualCells = 2, kUsualFilters = 16;

}  // namespace nasnet::train
