#include <gtest/gtest.h>

#include <algorithm>

#include "tests/detect/small_detector.h"

namespace nasnet::detect {
namespace {

/// A detector that can hardly tell classes apart, and finds each region for all of them.
std::vector<Detected> found_by(NmsClasses nms_classes) {
  const auto detector = small_detector(Neck::kPyramid, 1, BatchNorm::kLearned, nms_classes);
  for (size_t k = 0; k < detector->parameters().size(); ++k)
    if (detector->parameters()[k].name.ends_with("/weights") &&
        detector->parameters()[k].name.starts_with("box_head/c"))  // classes and codes
      for (float& weight : detector->tensors()[k].change()) weight *= 0.01F;
  const Picture picture = squares(1);
  return detector->detect(make_batch({&picture}, kNormalization))[0];
}

/// One of those before it, which are better, overlaps it too much.
bool suppressed(const Detected& one, const std::vector<Detected>& better) {
  return std::ranges::any_of(
      better, [&](const Detected& other) { return boxes::iou(one.box, other.box) > 0.5F; });
}

TEST(NmsClasses, EachKeepsOverlappingObjectsOfOtherClasses) {
  const std::vector<Detected> found = found_by(NmsClasses::kEach);
  size_t overlapped = 0;
  for (size_t k = 1; k < found.size(); ++k)
    overlapped +=
        suppressed(found[k], {found.begin(), found.begin() + static_cast<std::ptrdiff_t>(k)}) ? 1
                                                                                              : 0;
  EXPECT_GT(overlapped, 5U);
}

TEST(NmsClasses, AllKeepsTheBestOfOverlappingObjects) {
  const std::vector<Detected> found = found_by(NmsClasses::kAll);
  ASSERT_GT(found.size(), 5U);
  for (size_t k = 1; k < found.size(); ++k) {
    EXPECT_LE(found[k].score, found[k - 1].score);
    EXPECT_FALSE(
        suppressed(found[k], {found.begin(), found.begin() + static_cast<std::ptrdiff_t>(k)}));
  }
  // The best of all is among them, and what is missing overlaps one of them.
  const std::vector<Detected> each = found_by(NmsClasses::kEach);
  EXPECT_EQ(found[0].box, each[0].box);
  for (const Detected& one : each) EXPECT_TRUE(suppressed(one, found));
}

}  // namespace
}  // namespace nasnet::detect
