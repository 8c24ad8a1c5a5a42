#include "nasnet/search/goals/volume_picks.h"

#include <algorithm>
#include <queue>

#include "nasnet/base/check.h"
#include "nasnet/search/goals/hypervolume.h"

namespace nasnet::search {
namespace {

/// A gain, and how many had been picked when it was found.
struct Gain {
  double gain;
  size_t point, picked;
  bool operator<(const Gain& other) const {
    return gain != other.gain ? gain < other.gain : point > other.point;
  }
};

}  // namespace

/// A gain only shrinks as others are picked: one that was found earlier is a bound, and only those
/// bounds that come out on top are found again.
std::vector<size_t> pick_by_volume(const std::vector<Losses>& front,
                                   const std::vector<Losses>& points,
                                   const std::vector<double>& otherwise, const Losses& reference,
                                   size_t count) {
  NASNET_CHECK(otherwise.size() == points.size(), "a number for each point");
  count = std::min(count, points.size());
  std::vector<Losses> taken = front;
  std::priority_queue<Gain> gains;
  for (size_t i = 0; i < points.size(); ++i)
    gains.push({hypervolume_gain(taken, points[i], reference), i, 0});
  std::vector<size_t> picked;
  std::vector<char> is_picked(points.size(), 0);
  while (picked.size() < count && gains.top().gain > 0) {
    Gain best = gains.top();
    gains.pop();
    if (best.picked < picked.size()) {
      best.gain = hypervolume_gain(taken, points[best.point], reference);
      best.picked = picked.size();
      gains.push(best);
      continue;
    }
    picked.push_back(best.point);
    is_picked[best.point] = 1;
    taken.push_back(points[best.point]);
  }
  std::vector<size_t> rest;
  for (size_t i = 0; i < points.size(); ++i)
    if (is_picked[i] == 0) rest.push_back(i);
  std::stable_sort(rest.begin(), rest.end(),
                   [&](size_t a, size_t b) { return otherwise[a] < otherwise[b]; });
  rest.resize(count - picked.size());
  picked.insert(picked.end(), rest.begin(), rest.end());
  return picked;
}

}  // namespace nasnet::search
