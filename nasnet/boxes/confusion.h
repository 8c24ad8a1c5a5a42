#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/boxes/coco_truth.h"

namespace nasnet::boxes {

/// Which classes are taken for which. A row a true class and one for the background, a column a
/// found class and one for what was missed.
struct Confusion {
  int classes = 0;
  std::vector<int64_t> counts;  ///< (classes + 1) x (classes + 1), row by row

  int64_t at(int row, int column) const {
    return counts[static_cast<size_t>(row * (classes + 1) + column)];
  }
};

/// The scores and overlaps that count.
inline constexpr double kConfusionScore = 0.5, kConfusionIou = 0.5;

/// Looks at detections with a score of kConfusionScore or more, image by image, the best first
/// (equal ones in their order): each takes the object with which it has the largest IoU, of
/// kConfusionIou or more and of any class, that none before it took (of equal ones the first), and
/// counts in that object's row. One without an object counts in the row of the background, unless
/// it lies by kConfusionIou in a crowd or on an ignored object. Objects that none took are missed.
Confusion confuse(const Truth& truth, const std::vector<Detection>& found);

}  // namespace nasnet::boxes
