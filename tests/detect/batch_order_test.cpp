#include "nasnet/detect/batch_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace nasnet::detect {
namespace {

/// The first `portraits` of `count` pictures stand upright.
PictureSource sizes(int64_t count, int64_t portraits) {
  return {.count = count, .size = [portraits](int64_t k) {
            return k < portraits ? data::ImageSize{100, 60} : data::ImageSize{50, 130};
          }};
}

TEST(BatchOrder, TakesEveryPictureAtMostOnceInWholeBatches) {
  for (const int64_t count : {1, 3, 4, 5, 8, 23})
    for (int64_t portraits = 0; portraits <= count; ++portraits) {
      const std::vector<int64_t> order = batch_order(sizes(count, portraits), 4, 1, 0);
      EXPECT_EQ(std::ssize(order), std::min<int64_t>(count, batches_per_epoch(count, 4) * 4));
      EXPECT_EQ(std::set<int64_t>(order.begin(), order.end()).size(), order.size());
      EXPECT_TRUE(std::ranges::all_of(order, [&](int64_t k) { return k >= 0 && k < count; }));
    }
}

TEST(BatchOrder, MixesLandscapesAndPortraitsInOneBatchOnly) {
  for (int64_t portraits = 0; portraits <= 23; ++portraits) {
    const std::vector<int64_t> order = batch_order(sizes(23, portraits), 4, 1, 5);
    int mixed = 0;
    for (size_t first = 0; first < order.size(); first += 4) {
      const auto upright = std::count_if(order.begin() + static_cast<std::ptrdiff_t>(first),
                                         order.begin() + static_cast<std::ptrdiff_t>(first) + 4,
                                         [&](int64_t k) { return k < portraits; });
      mixed += upright % 4 != 0 ? 1 : 0;
    }
    EXPECT_EQ(mixed, portraits % 4 + (23 - portraits) % 4 >= 4 ? 1 : 0) << portraits;
  }
}

TEST(BatchOrder, IsDrawnFromSeedAndEpoch) {
  const PictureSource pictures = sizes(40, 11);
  const std::vector<int64_t> order = batch_order(pictures, 4, 1, 2);
  EXPECT_EQ(batch_order(pictures, 4, 1, 2), order);
  EXPECT_NE(batch_order(pictures, 4, 1, 3), order);
  EXPECT_NE(batch_order(pictures, 4, 2, 2), order);
}

TEST(BatchOrder, LeavesNoPictureOutForEver) {
  std::set<int64_t> seen;
  for (int64_t epoch = 0; epoch < 40; ++epoch)
    for (const int64_t picture : batch_order(sizes(9, 2), 4, 1, epoch)) seen.insert(picture);
  EXPECT_EQ(seen.size(), 9U);
}

TEST(BatchOrder, TheLargestCanvasHoldsBothKindsWhereTheyMayBeMixed) {
  using Size = data::ImageSize;
  EXPECT_EQ(largest_canvas(sizes(8, 0), 4), (Size{64, 160}));
  EXPECT_EQ(largest_canvas(sizes(8, 8), 4), (Size{128, 64}));
  EXPECT_EQ(largest_canvas(sizes(8, 4), 4), (Size{64, 160}));
  EXPECT_EQ(largest_canvas(sizes(8, 3), 4), (Size{128, 160}));
  EXPECT_EQ(largest_canvas(sizes(3, 1), 4), (Size{128, 160}));
  EXPECT_EQ(largest_canvas(sizes(9, 4), 4), (Size{64, 160}));
}

TEST(BatchOrder, CanvasSizesAreCountedWithThoseOfMixedBatches) {
  EXPECT_EQ(canvas_sizes(sizes(8, 0)), 1);
  EXPECT_EQ(canvas_sizes(sizes(8, 4)), 4) << "64 x 160, 128 x 64, 128 x 160, at most 64 x 64";
}

}  // namespace
}  // namespace nasnet::detect
