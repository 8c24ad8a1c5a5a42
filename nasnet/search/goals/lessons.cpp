#include "nasnet/search/goals/lessons.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace nasnet::search {
namespace {

/// More is better.
std::vector<double> worths(const std::vector<Lesson>& lessons) {
  std::vector<double> worths;
  if (lessons[0].losses.empty()) {
    for (const Lesson& lesson : lessons) worths.push_back(lesson.reward);
    return worths;
  }
  std::vector<Losses> points;
  for (const Lesson& lesson : lessons) points.push_back(lesson.losses);
  for (const int rank : pareto_ranks(points)) worths.push_back(-rank);
  return worths;
}

}  // namespace

void forget_some(std::vector<Lesson>& lessons, size_t most) {
  if (lessons.size() <= most) return;
  const std::vector<double> worth = worths(lessons);
  std::vector<double> sorted = worth;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(most / 2);
  std::nth_element(sorted.begin(), middle, sorted.end(), std::greater<>());
  const double good = *middle;
  size_t excess = lessons.size() - most;
  std::vector<Lesson> kept;
  for (size_t i = 0; i < lessons.size(); ++i) {
    const bool drop = excess > 0 && worth[i] <= good;
    if (drop) --excess;
    if (!drop) kept.push_back(std::move(lessons[i]));
  }
  lessons = std::move(kept);
}

}  // namespace nasnet::search
