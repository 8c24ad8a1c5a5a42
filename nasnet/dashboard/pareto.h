#pragma once

#include <cstddef>
#include <vector>

namespace nasnet::dashboard {

/// A point to be judged in two measures of which more is better; `row` names it.
struct Judged {
  double x = 0, y = 0;
  size_t row = 0;
};

/// The rows of points that no other is at least as good as in both measures and better in one
/// (Pareto's front), by descending x; of equal points the one that stands first.
std::vector<size_t> pareto_front(std::vector<Judged> points);

}  // namespace nasnet::dashboard
