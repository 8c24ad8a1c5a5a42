#include "nasnet/search/evaluators/child_split.h"

#include <gtest/gtest.h>

#include <set>

#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

/// Images of which nothing but their contents is looked at.
data::ImageSet images(const std::vector<uint64_t>& contents) {
  data::ImageSet set;
  set.labels.assign(contents.size(), 0);
  set.contents = contents;
  return set;
}

ChildSettings settings(int64_t validation, int64_t train = 0) {
  ChildSettings settings;
  settings.validation_images = validation;
  settings.train_images = train;
  return settings;
}

TEST(ChildSplit, DividesAllImagesOnce) {
  const ProxySplit split = split_for_proxy(images({1, 2, 3, 4, 5, 6, 7, 8}), settings(3), 1);
  std::set<int64_t> all(split.train.begin(), split.train.end());
  all.insert(split.validation.begin(), split.validation.end());
  EXPECT_EQ(all, (std::set<int64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(split.validation.size(), 3u);
  EXPECT_EQ(split.copies, 0);
}

TEST(ChildSplit, DoesNotTrainOnCopiesOfValidationImages) {
  std::vector<uint64_t> contents;
  for (uint64_t i = 0; i < 20; ++i) contents.insert(contents.end(), {i, i});
  const data::ImageSet set = images(contents);
  for (const uint64_t seed : {1u, 2u, 3u}) {
    const ProxySplit split = split_for_proxy(set, settings(6), seed);
    ASSERT_EQ(split.validation.size(), 6u);
    std::set<uint64_t> measured;
    for (const int64_t i : split.validation) measured.insert(contents[static_cast<size_t>(i)]);
    for (const int64_t i : split.train)
      EXPECT_FALSE(measured.contains(contents[static_cast<size_t>(i)]));
    EXPECT_EQ(static_cast<int64_t>(split.train.size()) + split.copies, 34);
    EXPECT_GT(split.copies, 0);
  }
  EXPECT_EQ(split_for_proxy(set, settings(6, 5), 1).train.size(), 5u);
}

TEST(ChildSplit, LeavesImagesToTrainOn) {
  EXPECT_THROW(split_for_proxy(images({1, 2}), settings(2), 1), InputError);
  EXPECT_THROW(split_for_proxy(images({1, 1, 1}), settings(1), 1), InputError);
}

}  // namespace
}  // namespace nasnet::search
