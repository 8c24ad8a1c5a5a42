#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/boxes/box.h"

namespace nasnet::boxes {

/// Anchors of one feature map: boxes of some sizes and shapes around each of its places.
struct AnchorSettings {
  std::vector<float> sizes;                 ///< edges in pixels of the square with the same area
  std::vector<float> ratios = {0.5, 1, 2};  ///< height / width
  /// Of a place's anchors to whole pixels, the even one of two, as torchvision does.
  bool rounded = false;
  /// Of an anchor's centre from the place's corner, in strides: 0 as all released detectors have
  /// it, 0.5 for the middle of the pixels that the place covers.
  float offset = 0;

  int per_place() const { return static_cast<int>(sizes.size() * ratios.size()); }
};

/// Height and width of a feature map, and how many of the image's pixels lie between its places.
struct AnchorGrid {
  int height = 0, width = 0;
  float stride_y = 0, stride_x = 0;
};

/// In order of rows, columns, ratios, sizes: height * width * per_place() boxes. Nothing is
/// clipped.
std::vector<Box> make_anchors(const AnchorSettings& settings, const AnchorGrid& grid);

}  // namespace nasnet::boxes
