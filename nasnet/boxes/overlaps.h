#pragma once

#include <array>
#include <span>
#include <vector>

#include "nasnet/boxes/box.h"

namespace nasnet::boxes {

/// Boxes by coordinate, so that one box is compared with several at once.
struct BoxBlock {
  static constexpr size_t kBoxes = 16;
  alignas(64) std::array<float, kBoxes> x0{}, y0{}, x1{}, y1{}, area{};

  /// Boxes never set have no area, and overlap nothing.
  void set(size_t place, const Box& box) {
    x0[place] = box.x0;
    y0[place] = box.y0;
    x1[place] = box.x1;
    y1[place] = box.y1;
    area[place] = box.area();
  }
};

/// Is the IoU of `box` with any of theirs above the threshold?
bool any_overlap_above(std::span<const BoxBlock> blocks, const Box& box, float threshold);

/// The IoU of `box` with each of theirs: BoxBlock::kBoxes values a block. 0 of boxes without area.
void overlaps_with(std::span<const BoxBlock> blocks, const Box& box, float* overlaps);

/// Where an overlap is above the one known, takes it and `object` in its place. Returns the largest
/// overlap.
float keep_larger(std::span<const float> overlaps, int object, float* known, int* known_object);

}  // namespace nasnet::boxes
