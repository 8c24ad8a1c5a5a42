#pragma once

#include <span>
#include <vector>

#include "nasnet/boxes/box.h"

namespace nasnet::boxes {

/// Greedy non-maximum suppression: goes through the boxes by score, the best first and of equal
/// ones the lower index, and keeps each whose IoU with every box kept so far is at most
/// `threshold`. Boxes without area suppress nothing, nor do those whose corners are swapped.
/// Returns the indices of the kept boxes in that order, the first `at_most` of them. Computed in
/// float32 as torchvision's: the same boxes are kept. Scores must not be NaN.
std::vector<int> nms(std::span<const Box> boxes, std::span<const float> scores, double threshold,
                     int at_most);

/// The same within each class: boxes of different `labels` do not suppress each other. `at_most`:
/// of all classes together.
std::vector<int> nms_by_class(std::span<const Box> boxes, std::span<const float> scores,
                              std::span<const int> labels, double threshold, int at_most);

/// The largest float that is not above: floats are above both or neither. So suppression in float32
/// takes a threshold.
float overlap_limit(double threshold);

/// Indices in the order of suppression: by score, the best first, then by index. At most `count`.
std::vector<int> best_first(std::span<const float> scores, int count);

}  // namespace nasnet::boxes
