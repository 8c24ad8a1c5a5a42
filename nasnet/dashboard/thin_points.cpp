#include "nasnet/dashboard/thin_points.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "nasnet/base/random.h"

namespace nasnet::dashboard {
namespace {

/// The rows with the least and the greatest value of each column, the first of equal ones.
void add_extremes(std::span<const std::vector<double>> columns, const std::vector<size_t>& rows,
                  size_t most, std::set<size_t>& kept) {
  for (const std::vector<double>& column : columns) {
    const size_t* least = nullptr;
    const size_t* greatest = nullptr;
    for (const size_t& row : rows) {
      if (std::isnan(column[row])) continue;
      if (!least || column[row] < column[*least]) least = &row;
      if (!greatest || column[row] > column[*greatest]) greatest = &row;
    }
    for (const size_t* one : {least, greatest})
      if (one && kept.size() < most) kept.insert(*one);
  }
}

/// Fills up with rows in the order of a hash of their number.
void add_some(const std::vector<size_t>& rows, size_t most, std::set<size_t>& kept) {
  if (kept.size() >= most) return;
  std::vector<std::pair<uint32_t, size_t>> order;
  order.reserve(rows.size());
  for (const size_t row : rows)
    if (!kept.contains(row)) order.emplace_back(Random(1, row, "thin").next(), row);
  const size_t wanted = std::min(most - kept.size(), order.size());
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(wanted), order.end());
  for (size_t k = 0; k < wanted; ++k) kept.insert(order[k].second);
}

}  // namespace

std::vector<size_t> thin_points(const PointsToThin& points, size_t most) {
  if (points.rows.size() <= most) return {points.rows.begin(), points.rows.end()};
  std::vector<size_t> asked, others;
  for (const size_t row : points.rows) (points.matches[row] != 0 ? asked : others).push_back(row);
  std::set<size_t> kept;
  add_extremes(points.columns, asked, most, kept);
  const size_t room = std::max<size_t>(most / 2, 2), front = points.front.size();
  for (size_t k = 0; k < std::min(front, room); ++k) {
    const size_t at = front <= room ? k : k * (front - 1) / (room - 1);
    if (kept.size() < most) kept.insert(points.front[at]);
  }
  add_extremes(points.columns, others, most, kept);
  add_some(asked, most, kept);
  add_some(others, most, kept);
  return {kept.begin(), kept.end()};
}

}  // namespace nasnet::dashboard
