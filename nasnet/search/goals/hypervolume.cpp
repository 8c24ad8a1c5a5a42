#include "nasnet/search/goals/hypervolume.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/base/check.h"

namespace nasnet::search {
namespace {

bool is_within(const Losses& point, const Losses& reference) {
  NASNET_CHECK(point.size() == reference.size(), "a reference for each goal");
  for (size_t k = 0; k < point.size(); ++k)
    if (!(point[k] < reference[k])) return false;
  return true;
}

double box(const Losses& point, const Losses& reference) {
  double volume = 1;
  for (size_t k = 0; k < point.size(); ++k) volume *= reference[k] - point[k];
  return volume;
}

/// Of two goals: `front` ascends in its last one, so it descends in its first one.
double swept_area(const std::vector<Losses>& front, const Losses& reference) {
  double area = 0;
  for (size_t i = 0; i < front.size(); ++i) {
    const double until = i + 1 < front.size() ? front[i + 1][1] : reference[1];
    area += (reference[0] - front[i][0]) * (until - front[i][1]);
  }
  return area;
}

std::vector<Losses> front_points(const std::vector<Losses>& points) {
  std::vector<Losses> front;
  for (const size_t i : pareto_front(points)) front.push_back(points[i]);
  return front;
}

double volume_of(const std::vector<Losses>& front, const Losses& reference);

/// Of a point and others: the part of its box that none of them dominates. They are moved into the
/// box, where most of them fall behind others.
double exclusive(const Losses& point, const std::vector<Losses>& others, size_t from,
                 const Losses& reference) {
  std::vector<Losses> moved;
  for (size_t i = from; i < others.size(); ++i) {
    Losses& inside = moved.emplace_back(others[i]);
    for (size_t k = 0; k < point.size(); ++k) inside[k] = std::max(inside[k], point[k]);
  }
  return box(point, reference) - volume_of(front_points(moved), reference);
}

/// Of points none of which dominates another.
double volume_of(const std::vector<Losses>& front, const Losses& reference) {
  if (front.empty()) return 0;
  if (reference.size() == 1) return box(front[0], reference);
  if (reference.size() == 2) return swept_area(front, reference);
  double volume = 0;
  for (size_t i = 0; i < front.size(); ++i) volume += exclusive(front[i], front, i + 1, reference);
  return volume;
}

}  // namespace

double hypervolume(std::vector<Losses> points, const Losses& reference) {
  std::erase_if(points, [&](const Losses& point) { return !is_within(point, reference); });
  return volume_of(front_points(points), reference);
}

double hypervolume_gain(const std::vector<Losses>& others, const Losses& point,
                        const Losses& reference) {
  if (!is_within(point, reference)) return 0;
  std::vector<Losses> within;
  for (const Losses& other : others)
    if (is_within(other, reference)) within.push_back(other);
  return std::max(0.0, exclusive(point, within, 0, reference));
}

double igd_plus(const std::vector<Losses>& found, const std::vector<Losses>& front,
                const Losses& reference) {
  Losses least = reference;
  std::vector<Losses> targets;
  for (const Losses& point : front) {
    if (!is_within(point, reference)) continue;
    targets.push_back(point);
    for (size_t k = 0; k < point.size(); ++k) least[k] = std::min(least[k], point[k]);
  }
  double sum = 0;
  for (const Losses& target : targets) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const Losses& point : found) {
      double square = 0;
      for (size_t k = 0; k < target.size(); ++k) {
        const double worse = std::max(0.0, point[k] - target[k]) / (reference[k] - least[k]);
        square += worse * worse;
      }
      nearest = std::min(nearest, square);
    }
    sum += std::sqrt(nearest);
  }
  return sum / static_cast<double>(targets.size());
}

double FrontVolume::add(const Losses& losses, int64_t id) {
  if (!front_.admits(losses)) return 0;  // most points of a long study: nothing is copied for them
  std::vector<Losses> others;
  for (const Front::Member& member : front_.members()) others.push_back(member.losses);
  front_.add(losses, id);
  const double gain = hypervolume_gain(others, losses, reference_);
  volume_ += gain;
  return gain;
}

}  // namespace nasnet::search
