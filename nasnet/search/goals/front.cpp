#include "nasnet/search/goals/front.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "nasnet/base/check.h"

namespace nasnet::search {
namespace {

/// Nowhere worse: also equal.
bool covers(const Losses& a, const Losses& b) {
  NASNET_DCHECK(a.size() == b.size(), "points of the same goals");
  for (size_t k = 0; k < a.size(); ++k)
    if (a[k] > b[k]) return false;
  return true;
}

/// From the last goal to the first, then by place.
std::vector<size_t> by_last_goal(const std::vector<Losses>& points) {
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::lexicographical_compare(points[a].rbegin(), points[a].rend(), points[b].rbegin(),
                                        points[b].rend());
  });
  return order;
}

}  // namespace

bool dominates(const Losses& a, const Losses& b) {
  return a != b && covers(a, b);
}

/// In this order no point is dominated by a later one.
std::vector<size_t> pareto_front(const std::vector<Losses>& points) {
  std::vector<size_t> front;
  for (const size_t i : by_last_goal(points)) {
    const bool two = points[i].size() == 2;  // then the latest member is the best so far
    const size_t from = two && !front.empty() ? front.size() - 1 : 0;
    const bool covered =
        std::any_of(front.begin() + static_cast<std::ptrdiff_t>(from), front.end(),
                    [&](size_t member) { return covers(points[member], points[i]); });
    if (!covered) front.push_back(i);
  }
  return front;
}

std::vector<int> pareto_ranks(const std::vector<Losses>& points) {
  std::vector<int> ranks(points.size(), 0);
  const std::vector<size_t> order = by_last_goal(points);
  for (size_t k = 0; k < order.size(); ++k)
    for (size_t before = 0; before < k; ++before)
      if (ranks[order[before]] >= ranks[order[k]] &&
          dominates(points[order[before]], points[order[k]]))
        ranks[order[k]] = ranks[order[before]] + 1;
  return ranks;
}

std::vector<double> crowding(const std::vector<Losses>& points, const std::vector<int>& ranks) {
  NASNET_CHECK(points.size() == ranks.size(), "a rank for each point");
  std::vector<double> room(points.size(), 0);
  const int fronts = ranks.empty() ? 0 : *std::max_element(ranks.begin(), ranks.end()) + 1;
  for (int rank = 0; rank < fronts; ++rank) {
    std::vector<size_t> order;
    for (size_t i = 0; i < points.size(); ++i)
      if (ranks[i] == rank) order.push_back(i);
    for (size_t goal = 0; !order.empty() && goal < points[order[0]].size(); ++goal) {
      std::stable_sort(order.begin(), order.end(),
                       [&](size_t a, size_t b) { return points[a][goal] < points[b][goal]; });
      const double span = points[order.back()][goal] - points[order.front()][goal];
      room[order.front()] = room[order.back()] = std::numeric_limits<double>::infinity();
      for (size_t k = 1; k + 1 < order.size() && span > 0; ++k)
        room[order[k]] += (points[order[k + 1]][goal] - points[order[k - 1]][goal]) / span;
    }
  }
  return room;
}

bool Front::admits(const Losses& losses) const {
  return std::ranges::none_of(members_,
                              [&](const Member& member) { return covers(member.losses, losses); });
}

bool Front::add(const Losses& losses, int64_t id) {
  if (!admits(losses)) return false;
  std::erase_if(members_, [&](const Member& member) { return covers(losses, member.losses); });
  members_.push_back({losses, id});
  return true;
}

}  // namespace nasnet::search
