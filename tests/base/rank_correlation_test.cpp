#include "nasnet/base/rank_correlation.h"

#include <gtest/gtest.h>

namespace nasnet {
namespace {

TEST(RankCorrelation, OfKnownValues) {
  EXPECT_DOUBLE_EQ(kendall({1, 2, 3, 4}, {10, 20, 30, 40}), 1);
  EXPECT_DOUBLE_EQ(kendall({1, 2, 3, 4}, {4, 3, 2, 1}), -1);
  EXPECT_DOUBLE_EQ(spearman({1, 2, 3, 4}, {4, 3, 2, 1}), -1);
  // The first as in the documentation of scipy.stats.kendalltau.
  const std::vector<double> x = {12, 2, 1, 12, 2}, y = {1, 4, 7, 1, 0};
  EXPECT_NEAR(kendall(x, y), -0.4714045207910316, 1e-15);
  EXPECT_NEAR(spearman(x, y), -0.5407380704358752, 1e-12);
  EXPECT_EQ(kendall({1, 1, 1}, {1, 2, 3}), 0);
  EXPECT_EQ(spearman({1, 1, 1}, {1, 2, 3}), 0);
}

TEST(RankCorrelation, GivesTiesTheirMeanRank) {
  EXPECT_EQ(ranks({30, 10, 30, 20}), (std::vector<double>{2.5, 0, 2.5, 1}));
  EXPECT_EQ(ranks({7, 7, 7}), (std::vector<double>{1, 1, 1}));
  EXPECT_TRUE(ranks({}).empty());
}

}  // namespace
}  // namespace nasnet
