#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/base/thread_pool.h"
#include "nasnet/boxes/box.h"
#include "nasnet/detect/dense_graph.h"
#include "nasnet/detect/detector_settings.h"
#include "nasnet/kernels/roi_align.h"

namespace nasnet::detect {

/// A region of one of the batch's images.
struct Region {
  int64_t image = 0;
  boxes::Box box;
};

/// Cuts regions out of the maps, each out of the level of its size, and brings them to one size.
/// Results do not depend on the number of threads.
class RegionCutter {
 public:
  RegionCutter(const RegionSettings& settings, const DenseGraph& dense, ThreadPool& threads);

  /// Values of a region: edge x edge bins of the maps' channels.
  int64_t row() const;
  /// The map that the region is cut out of.
  int level_of(const boxes::Box& box) const;

  /// Row k of `rows` becomes region k.
  void cut(const std::vector<Tensor>& maps, const std::vector<Region>& regions, float* rows) const;
  /// Adds the gradients of the maps to `above` from those of the rows.
  void add_gradients(const float* rows, const std::vector<Region>& regions,
                     std::vector<Tensor>& above) const;

 private:
  kernels::RoiAlignShape shape_of(int level) const;

  const RegionSettings& settings_;
  ThreadPool& threads_;
  std::vector<graph::Shape> maps_;
  std::vector<int> strides_;
};

}  // namespace nasnet::detect
