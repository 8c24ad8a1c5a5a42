#include "nasnet/search/goals/front.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "nasnet/base/random.h"
#include "nasnet/search/goals/hypervolume.h"
#include "nasnet/search/goals/volume_picks.h"

namespace nasnet::search {
namespace {

/// Few values, so that many are equal.
std::vector<Losses> random_points(Random& random, size_t count, size_t goals, uint32_t values) {
  std::vector<Losses> points(count);
  for (Losses& point : points)
    for (size_t k = 0; k < goals; ++k) point.push_back(static_cast<double>(random.below(values)));
  return points;
}

bool is_beaten(const std::vector<Losses>& points, size_t i) {
  for (size_t j = 0; j < points.size(); ++j)
    if (dominates(points[j], points[i]) || (points[j] == points[i] && j < i)) return true;
  return false;
}

/// By counting unit cells: all coordinates are whole numbers.
double counted_volume(const std::vector<Losses>& points, const Losses& reference) {
  double volume = 0;
  std::vector<int> cell(reference.size(), 0);
  for (;;) {
    const bool inside = std::any_of(points.begin(), points.end(), [&](const Losses& point) {
      for (size_t k = 0; k < cell.size(); ++k)
        if (point[k] > cell[k]) return false;
      return true;
    });
    if (inside) volume += 1;
    size_t k = 0;
    while (k < cell.size() && ++cell[k] >= reference[k]) cell[k++] = 0;
    if (k == cell.size()) return volume;
  }
}

TEST(Front, IsOfPointsThatNoOtherDominates) {
  EXPECT_TRUE(dominates({1, 2}, {1, 3}));
  EXPECT_FALSE(dominates({1, 2}, {1, 2}));
  EXPECT_FALSE(dominates({1, 4}, {2, 3}));
  const std::vector<Losses> points = {{3, 1}, {1, 3}, {2, 2}, {2, 2}, {3, 3}, {1, 4}};
  EXPECT_EQ(pareto_front(points), (std::vector<size_t>{0, 2, 1}));
  EXPECT_EQ(pareto_ranks(points), (std::vector<int>{0, 0, 0, 0, 1, 1}));
  EXPECT_TRUE(pareto_front({}).empty());
}

TEST(Front, AgreesWithTheDefinition) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Random random(3, seed, "front");
    const size_t goals = 1 + seed % 4;
    const std::vector<Losses> points = random_points(random, 40, goals, 6);
    std::vector<size_t> expected;
    for (size_t i = 0; i < points.size(); ++i)
      if (!is_beaten(points, i)) expected.push_back(i);
    std::vector<size_t> found = pareto_front(points);
    Front front;
    for (size_t i = 0; i < points.size(); ++i) front.add(points[i], static_cast<int64_t>(i));
    std::vector<size_t> grown;
    for (const Front::Member& member : front.members()) grown.push_back(member.id);
    std::sort(found.begin(), found.end());
    std::sort(grown.begin(), grown.end());
    EXPECT_EQ(found, expected) << seed;
    EXPECT_EQ(grown, expected) << seed;
  }
}

TEST(Front, RanksByTakingFrontsAway) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Random random(3, seed, "ranks");
    const std::vector<Losses> points = random_points(random, 40, 2 + seed % 2, 8);
    const std::vector<int> ranks = pareto_ranks(points);
    for (size_t i = 0; i < points.size(); ++i) {
      int deepest = -1;
      for (size_t j = 0; j < points.size(); ++j)
        if (dominates(points[j], points[i])) deepest = std::max(deepest, ranks[j]);
      EXPECT_EQ(ranks[i], deepest + 1) << seed;
    }
  }
}

/// The example of section III B: shares of the span between both neighbours.
TEST(Front, CrowdingIsTheRoomBetweenNeighbours) {
  const std::vector<Losses> points = {{0, 10}, {1, 6}, {4, 5}, {10, 0}, {20, 20}};
  const std::vector<double> room = crowding(points, pareto_ranks(points));
  EXPECT_TRUE(std::isinf(room[0]) && std::isinf(room[3]) && std::isinf(room[4]));
  EXPECT_DOUBLE_EQ(room[1], 4 / 10.0 + 5 / 10.0);
  EXPECT_DOUBLE_EQ(room[2], 9 / 10.0 + 6 / 10.0);
}

TEST(Hypervolume, OfTheExampleThatIsReckonedByHand) {
  const std::vector<Losses> points = {{10, 50}, {8, 100}, {12, 20}, {15, 60}};
  EXPECT_EQ(hypervolume(points, {20, 220}), 2180);
  EXPECT_EQ(hypervolume({}, {20, 220}), 0);
  EXPECT_EQ(hypervolume({{20, 1}, {30, 1}}, {20, 220}), 0);
  EXPECT_EQ(hypervolume({{3}, {5}}, {10}), 7);
}

TEST(Hypervolume, EqualsTheCellsThatAreCounted) {
  for (uint64_t seed = 0; seed < 80; ++seed) {
    Random random(4, seed, "volume");
    const size_t goals = 1 + seed % 4;
    const Losses reference(goals, 6);
    const std::vector<Losses> points = random_points(random, 12, goals, 8);
    EXPECT_EQ(hypervolume(points, reference), counted_volume(points, reference)) << seed;
    FrontVolume grown(reference);
    for (size_t i = 0; i < points.size(); ++i) {
      const std::vector<Losses> before(points.begin(),
                                       points.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_EQ(grown.add(points[i], 0), hypervolume_gain(before, points[i], reference)) << seed;
    }
    EXPECT_EQ(grown.volume(), counted_volume(points, reference)) << seed;
  }
}

TEST(Hypervolume, NeitherUnitsNorOrderChangeTheShare) {
  Random random(4, 1, "share");
  std::vector<Losses> points = random_points(random, 30, 3, 50);
  const double volume = hypervolume(points, {60, 60, 60});
  std::reverse(points.begin(), points.end());
  for (Losses& point : points) point[1] *= 1024;
  EXPECT_EQ(hypervolume(points, {60, 60 * 1024, 60}), volume * 1024);
}

TEST(IgdPlus, CountsOnlyWhereSomethingIsWorse) {
  const std::vector<Losses> front = {{0, 8}, {4, 4}, {8, 0}, {11, -1}};
  const Losses reference = {10, 10};
  EXPECT_EQ(igd_plus(front, front, reference), 0);
  EXPECT_EQ(igd_plus({{-1, -1}}, front, reference), 0);
  // (5, 4): beside (0, 8) it is 5 tenths worse in the first goal, beside (8, 0) 4 in the second.
  EXPECT_DOUBLE_EQ(igd_plus({{5, 4}}, front, reference), (0.5 + 0.1 + 0.4) / 3);
  EXPECT_TRUE(std::isinf(igd_plus({}, front, reference)));
}

/// One after another, each against all.
TEST(VolumePicks, AreTheGreediestOnes) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Random random(5, seed, "picks");
    const size_t goals = 2 + seed % 2;
    const Losses reference(goals, 20);
    std::vector<Losses> taken = random_points(random, 4, goals, 20);
    const std::vector<Losses> points = random_points(random, 25, goals, 20);
    std::vector<double> otherwise;
    for (size_t i = 0; i < points.size(); ++i) otherwise.push_back(random.below(9));
    const std::vector<size_t> picks = pick_by_volume(taken, points, otherwise, reference, 8);
    ASSERT_EQ(picks.size(), 8u);
    std::vector<size_t> left(points.size());
    for (size_t i = 0; i < left.size(); ++i) left[i] = i;
    for (const size_t pick : picks) {
      const auto worse = [&](size_t a, size_t b) {
        const double x = hypervolume_gain(taken, points[a], reference);
        const double y = hypervolume_gain(taken, points[b], reference);
        if (x != y) return x > y;
        return x == 0 && otherwise[a] != otherwise[b] ? otherwise[a] < otherwise[b] : a < b;
      };
      const auto best = std::min_element(left.begin(), left.end(), worse);
      EXPECT_EQ(*best, pick) << seed;
      taken.push_back(points[pick]);
      left.erase(best);
    }
  }
}

}  // namespace
}  // namespace nasnet::search
