#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "nasnet/boxes/coco_truth.h"

namespace nasnet::boxes {

/// The rule of a confusion. Both limits belong to what counts.
inline constexpr double kConfusionIou = 0.5, kConfusionScore = 0.5;

/// In place of an object's class: background, nothing is there. In place of a detection's: the
/// object was missed.
inline constexpr int kNoClass = -1;

/// How often objects of one class were found as each other.
struct Confusion {
  /// By classes of the object and of the detection, either of which may be kNoClass; pairs that did
  /// not occur are absent, since files may list more classes than a whole matrix has room for.
  std::map<std::pair<int, int>, int64_t> counts;

  int64_t count(int truth, int found) const;
};

/// Image by image, detections take objects, whatever the classes of both: the best score first,
/// each the object that it overlaps most among those that are left, from kConfusionIou on.
/// Detections below kConfusionScore are left out of account. Equal scores keep the order of
/// `detections`; of objects that are overlapped equally the first is taken.
///
/// Crowds and ignored (difficult) objects are neither found nor missed. A detection without an
/// object counts nowhere if it overlaps an ignored one from kConfusionIou on, or lies by as large a
/// share in a crowd; otherwise background was taken for its class. So is the second detection of
/// one object.
Confusion confuse(const Truth& truth, const std::vector<Detection>& detections);

}  // namespace nasnet::boxes
