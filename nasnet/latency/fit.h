#pragma once

#include <vector>

#include "nasnet/latency/latency_table.h"
#include "nasnet/latency/nnls.h"

namespace nasnet::latency {

/// Milliseconds a unit of each column, none negative, that make the sum of squares of relative
/// errors least: a network that takes twice as long may be off by twice as much. `ms` above 0.
std::vector<double> fit_relative(const Matrix& counts, const std::vector<double>& ms);

/// Of predictions beside what was measured; Spearman's rho is 0 where all of one side are equal.
HeldOutError compare(const std::vector<double>& predicted, const std::vector<double>& measured);

/// Cells to fit, at least: there are so many kinds of operators and more.
inline constexpr int kFewestCandidates = kFeatures + 1;
/// Cells to judge the fit by, at least.
inline constexpr int kFewestHeldOut = 3;

/// Fits a table to the cells that are not held out, and fills in what it predicts for all, and how
/// well for those held out. Throws InputError for too few cells, and for a space that makes no
/// genotypes.
LatencyTable fit_table(Circumstances of, uint64_t seed, const space::SearchSpace& space,
                       std::vector<MeasuredCell> cells);

}  // namespace nasnet::latency
