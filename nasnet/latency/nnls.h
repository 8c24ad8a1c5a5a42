#pragma once

#include <vector>

namespace nasnet::latency {

/// Rows of numbers, all of one length.
using Matrix = std::vector<std::vector<double>>;

/// The x >= 0 that makes the sum of squares of a x - b least (Lawson and Hanson, "Solving Least
/// Squares Problems", 1974, chapter 23). Columns that depend on others get 0, and so do columns of
/// zeros. The same numbers give the same bits. Throws Error where rows and values differ in number
/// or are not finite.
std::vector<double> nonnegative_least_squares(const Matrix& a, const std::vector<double>& b);

}  // namespace nasnet::latency
