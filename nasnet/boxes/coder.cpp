#include "nasnet/boxes/coder.h"

#include <algorithm>
#include <cmath>

// Codes of boxes against anchors (Ren et al., "Faster R-CNN", section 3.1.2): shifts of the centre
// in the anchor's sizes, and logarithms of the ratios of sizes, each times its weight, which brings
// targets to about the same spread. All in float32, as other programs' detectors have them.

namespace nasnet::boxes {
namespace {

/// A box by its centre and size, in pixels.
struct Centred {
  float x, y, width, height;
};
Centred centred(const Box& box) {
  return {box.x0 + 0.5F * box.width(), box.y0 + 0.5F * box.height(), box.width(), box.height()};
}

}  // namespace

Code encode(const Box& box, const Box& anchor, const CodeWeights& weights) {
  const Centred to = centred(box), from = centred(anchor);
  return {weights.x * (to.x - from.x) / from.width, weights.y * (to.y - from.y) / from.height,
          weights.width * std::log(to.width / from.width),
          weights.height * std::log(to.height / from.height)};
}

Box decode(const Code& code, const Box& anchor, const CodeWeights& weights) {
  const Centred from = centred(anchor);
  const float x = code.x / weights.x * from.width + from.x;
  const float y = code.y / weights.y * from.height + from.y;
  const float width = std::exp(std::min(code.width / weights.width, kLargestLogRatio)) * from.width;
  const float height =
      std::exp(std::min(code.height / weights.height, kLargestLogRatio)) * from.height;
  return {x - 0.5F * width, y - 0.5F * height, x + 0.5F * width, y + 0.5F * height};
}

}  // namespace nasnet::boxes
