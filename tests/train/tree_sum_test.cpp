#include "nasnet/train/tree_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "nasnet/base/error.h"

namespace nasnet::train {
namespace {

/// Sums as texts: "(a+b)" tells the order of additions.
struct Written {
  std::vector<std::string> places;
  TreeSum sum;

  explicit Written(int64_t replicas)
      : sum(replicas, [this](size_t to, size_t from) {
          places.at(to) = "(" + places.at(to) + "+" + places.at(from) + ")";
          places.at(from).clear();
        }) {}

  void push(TreeSum::Node node, const std::string& text) {
    places.resize(std::max(places.size(), sum.place() + 1));
    EXPECT_EQ(places[sum.place()], "") << "the place is free";
    places[sum.place()] = text;
    sum.push(node);
  }

  /// Replicas [first, last) by one process.
  void push_replicas(int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) push({0, r}, std::string(1, static_cast<char>('a' + r)));
  }
};

std::string whole_sum(int64_t replicas) {
  Written written(replicas);
  written.push_replicas(0, replicas);
  EXPECT_EQ(written.sum.nodes().size(), 1u);
  EXPECT_EQ(written.places.size(), TreeSum::most_places(replicas));
  return written.places[0];
}

TEST(TreeSum, AddsHalvesThatAreWhole) {
  EXPECT_EQ(whole_sum(1), "a");
  EXPECT_EQ(whole_sum(2), "(a+b)");
  EXPECT_EQ(whole_sum(3), "((a+b)+c)");
  EXPECT_EQ(whole_sum(4), "((a+b)+(c+d))");
  EXPECT_EQ(whole_sum(5), "(((a+b)+(c+d))+e)");
  EXPECT_EQ(whole_sum(6), "(((a+b)+(c+d))+(e+f))");
  EXPECT_EQ(whole_sum(7), "(((a+b)+(c+d))+((e+f)+g))");
}

/// Each process's nodes, pushed in the processes' order, give the sum of one process.
TEST(TreeSum, IsTheSameHoweverReplicasAreDividedAmongProcesses) {
  for (const int64_t replicas : {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16, 25}) {
    const std::string expected = whole_sum(replicas);
    for (int64_t processes = 1; processes <= std::min<int64_t>(replicas, 9); ++processes) {
      Written joined(replicas);
      for (int64_t p = 0; p < processes; ++p) {
        Written own(replicas);
        own.push_replicas(replicas * p / processes, replicas * (p + 1) / processes);
        for (size_t k = 0; k < own.sum.nodes().size(); ++k)
          joined.push(own.sum.nodes()[k], own.places[k]);
      }
      EXPECT_EQ(joined.sum.nodes().size(), 1u);
      EXPECT_EQ(joined.places[0], expected) << replicas << " replicas, " << processes;
    }
  }
}

TEST(TreeSum, RefusesNodesOutOfOrder) {
  TreeSum sum(4, [](size_t, size_t) {});
  sum.push_replica(0);
  EXPECT_THROW(sum.push_replica(2), InternalError);
  EXPECT_THROW(TreeSum(4, {}).push_replica(4), InternalError);
  EXPECT_THROW(TreeSum(0, {}), InternalError);
}

}  // namespace
}  // namespace nasnet::train
