#include "nasnet/boxes/nms.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "nasnet/base/check.h"
#include "nasnet/boxes/overlaps.h"

// Greedy suppression: the boxes kept so far lie in blocks by coordinate, and each next one is
// compared with a block at once (overlaps.h). Classes go one after the other over their own boxes;
// shifting the boxes of each class away, as others do, is wrong with negative coordinates.

namespace nasnet::boxes {
namespace {

/// The boxes kept so far of one class, and the memory for those of the next.
class KeptBoxes {
 public:
  void clear() { count_ = 0; }

  void add(const Box& box) {
    const size_t block = count_ / BoxBlock::kBoxes, place = count_ % BoxBlock::kBoxes;
    if (block == blocks_.size()) blocks_.emplace_back();
    // Memory of an earlier class: its boxes would suppress this one's.
    if (place == 0) blocks_[block] = {};
    blocks_[block].set(place, box);
    ++count_;
  }

  bool overlap(const Box& box, float threshold) const {
    const size_t blocks = (count_ + BoxBlock::kBoxes - 1) / BoxBlock::kBoxes;
    return any_overlap_above(std::span(blocks_).first(blocks), box, threshold);
  }

 private:
  std::vector<BoxBlock> blocks_;
  size_t count_ = 0;
};

/// Appends to `kept` those of `order`, one class, that stay; until it has `at_most` more.
void suppress(std::span<const int> order, std::span<const Box> boxes, float threshold, int at_most,
              KeptBoxes& scratch, std::vector<int>& kept) {
  scratch.clear();
  const size_t limit = kept.size() + static_cast<size_t>(at_most);
  for (const int index : order) {
    if (kept.size() >= limit) return;
    const Box& box = boxes[static_cast<size_t>(index)];
    if (scratch.overlap(box, threshold)) continue;
    scratch.add(box);
    kept.push_back(index);
  }
}

}  // namespace

float overlap_limit(double threshold) {
  const auto rounded = static_cast<float>(threshold);
  return rounded > threshold ? std::nextafter(rounded, -std::numeric_limits<float>::infinity())
                             : rounded;
}

std::vector<int> best_first(std::span<const float> scores, int count) {
  std::vector<int> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  const auto better = [&](int a, int b) {
    const float of_a = scores[static_cast<size_t>(a)], of_b = scores[static_cast<size_t>(b)];
    return of_a > of_b || (of_a == of_b && a < b);
  };
  if (static_cast<size_t>(count) < order.size()) {
    // The order by score and index is strict, so that the best `count` are the same everywhere.
    std::nth_element(order.begin(), order.begin() + count, order.end(), better);
    order.resize(static_cast<size_t>(count));
  }
  std::sort(order.begin(), order.end(), better);
  return order;
}

std::vector<int> nms(std::span<const Box> boxes, std::span<const float> scores, double threshold,
                     int at_most) {
  NASNET_CHECK(boxes.size() == scores.size(), "every box has a score");
  KeptBoxes scratch;
  std::vector<int> kept;
  suppress(best_first(scores, std::numeric_limits<int>::max()), boxes, overlap_limit(threshold),
           at_most, scratch, kept);
  return kept;
}

std::vector<int> nms_by_class(std::span<const Box> boxes, std::span<const float> scores,
                              std::span<const int> labels, double threshold, int at_most) {
  NASNET_CHECK(boxes.size() == scores.size() && boxes.size() == labels.size(),
               "every box has a score and a class");
  std::vector<int> order = best_first(scores, std::numeric_limits<int>::max());
  const auto label = [&](int index) { return labels[static_cast<size_t>(index)]; };
  // Classes side by side, each still by score.
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return label(a) < label(b); });
  KeptBoxes scratch;
  std::vector<int> kept;
  for (std::span<const int> rest(order); !rest.empty();) {
    const auto other = std::find_if(rest.begin(), rest.end(),
                                    [&](int index) { return label(index) != label(rest[0]); });
    const auto count = static_cast<size_t>(other - rest.begin());
    suppress(rest.first(count), boxes, overlap_limit(threshold), at_most, scratch, kept);
    rest = rest.subspan(count);
  }
  // Each class alone may keep `at_most`, of which the best of all are taken at the end.
  // Back into the order of scores.
  // By index first: equal scores then come in the order of the boxes.
  std::sort(kept.begin(), kept.end());
  std::vector<float> of_kept;
  for (const int index : kept) of_kept.push_back(scores[static_cast<size_t>(index)]);
  std::vector<int> result;
  for (const int place : best_first(of_kept, at_most))
    result.push_back(kept[static_cast<size_t>(place)]);
  return result;
}

}  // namespace nasnet::boxes
