#include "nasnet/detect/regions.h"

#include <algorithm>
#include <cmath>

// Regions out of the maps by RoIAlign (kernels/roi_align.h), each from the level whose stride suits
// its size, and the way back. Forward threads share the regions, each of which has rows of its own;
// backward they share the channels, since regions overlap.

namespace nasnet::detect {
namespace {

kernels::Roi roi_of(const boxes::Box& box) {
  return {box.x0, box.y0, box.x1, box.y1};
}

}  // namespace

RegionCutter::RegionCutter(const RegionSettings& settings, const DenseGraph& dense,
                           ThreadPool& threads)
    : settings_(settings), threads_(threads) {
  for (int k = 0; k < dense.maps; ++k) {
    maps_.push_back(
        dense.graph.operators[static_cast<size_t>(dense.outputs[static_cast<size_t>(k)])].output);
    strides_.push_back(dense.strides[static_cast<size_t>(k)]);
  }
}

int64_t RegionCutter::row() const {
  return int64_t{settings_.edge} * settings_.edge * maps_[0].channels;
}

int RegionCutter::level_of(const boxes::Box& box) const {
  // Equation 1 of Lin et al. (CVPR 2017). A box that is swapped along one axis has an area below 0.
  const float size = std::sqrt(std::max(box.area(), 0.0F));
  // Sizes of just a power of two belong above, whatever the last digit says.
  const float level = std::floor(static_cast<float>(settings_.canonical_level) +
                                 std::log2(size / settings_.canonical_edge) + 1e-6F);
  // From the stride's power of two to the place in maps_.
  const auto first = std::log2(static_cast<float>(strides_.front()));
  return static_cast<int>(std::clamp(level - first, 0.0F, static_cast<float>(strides_.size() - 1)));
}

kernels::RoiAlignShape RegionCutter::shape_of(int level) const {
  const graph::Shape& map = maps_[static_cast<size_t>(level)];
  const auto stride = static_cast<float>(strides_[static_cast<size_t>(level)]);
  // With corners, the first and last pixel of the map lie on the edges of the image.
  const auto scale = [&](int edge) {
    if (!settings_.corners) return 1 / stride;
    return static_cast<float>(edge - 1) / (stride * static_cast<float>(edge));
  };
  return {.channels = map.channels,
          .height = map.height,
          .width = map.width,
          .out_height = settings_.edge,
          .out_width = settings_.edge,
          .scale_y = scale(map.height),
          .scale_x = scale(map.width),
          .samples = settings_.samples,
          .aligned = settings_.aligned,
          .corners = settings_.corners};
}

void RegionCutter::cut(const std::vector<Tensor>& maps, const std::vector<Region>& regions,
                       float* rows) const {
  threads_.for_each(static_cast<int64_t>(regions.size()), [&](int64_t k, int) {
    const Region& region = regions[static_cast<size_t>(k)];
    const int level = level_of(region.box);
    const kernels::RoiAlignShape shape = shape_of(level);
    const Tensor& map = maps[static_cast<size_t>(level)];
    const kernels::Pixels image = {
        map.data() + region.image * maps_[static_cast<size_t>(level)].elements(), shape.channels};
    kernels::roi_align(image, shape, roi_of(region.box), {rows + k * row(), shape.channels});
  });
}

/// Threads share the channels: a pixel's sums are then made in the order of the regions.
void RegionCutter::add_gradients(const float* rows, const std::vector<Region>& regions,
                                 std::vector<Tensor>& above) const {
  // Floats of a cache line, so that threads seldom write to the same one.
  constexpr int kTogether = 16;
  std::vector<float*> gradients;
  for (size_t level = 0; level < maps_.size(); ++level)
    gradients.push_back(above[level].change().data());
  const int channels = maps_[0].channels;
  threads_.for_each((channels + kTogether - 1) / kTogether, [&](int64_t part, int) {
    const int first = static_cast<int>(part) * kTogether;
    for (size_t k = 0; k < regions.size(); ++k) {
      const auto level = static_cast<size_t>(level_of(regions[k].box));
      kernels::RoiAlignShape shape = shape_of(static_cast<int>(level));
      shape.channels = std::min(kTogether, channels - first);
      const kernels::Pixels d = {rows + static_cast<int64_t>(k) * row(), channels};
      const kernels::Pixels image = {gradients[level] + regions[k].image * maps_[level].elements(),
                                     channels};
      kernels::roi_align_gradient(d.from_channel(first), shape, roi_of(regions[k].box),
                                  image.from_channel(first));
    }
  });
}

}  // namespace nasnet::detect
