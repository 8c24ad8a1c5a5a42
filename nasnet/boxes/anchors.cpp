#include "nasnet/boxes/anchors.h"

#include <cmath>

// Anchors of one map, in the order in which a 1x1 convolution on NHWC gives its values: rows,
// columns, then the anchors of a place by ratio and size. Made once a canvas size, not an image.

namespace nasnet::boxes {
namespace {

/// Those of a place at (0, 0).
std::vector<Box> base_anchors(const AnchorSettings& settings) {
  std::vector<Box> anchors;
  for (const float ratio : settings.ratios) {
    for (const float size : settings.sizes) {
      // A ratio is height to width, and the area stays size^2 for all of them.
      const float tall = std::sqrt(ratio);
      float y = tall * size / 2, x = 1 / tall * size / 2;
      if (settings.rounded) {
        // Half sizes are rounded to even at .5, as torch.round() does.
        y = std::nearbyint(y);
        x = std::nearbyint(x);
      }
      anchors.push_back({-x, -y, x, y});
    }
  }
  return anchors;
}

}  // namespace

std::vector<Box> make_anchors(const AnchorSettings& settings, const AnchorGrid& grid) {
  const std::vector<Box> base = base_anchors(settings);
  std::vector<Box> anchors;
  anchors.reserve(base.size() * static_cast<size_t>(grid.height) * static_cast<size_t>(grid.width));
  for (int row = 0; row < grid.height; ++row) {
    const float y = (static_cast<float>(row) + settings.offset) * grid.stride_y;
    for (int column = 0; column < grid.width; ++column) {
      const float x = (static_cast<float>(column) + settings.offset) * grid.stride_x;
      for (const Box& box : base)
        anchors.push_back({box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y});
    }
  }
  return anchors;
}

}  // namespace nasnet::boxes
