#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/detect/dense_graph.h"
#include "nasnet/detect/detector_settings.h"
#include "nasnet/detect/detector_state.h"
#include "nasnet/detect/regions.h"
#include "nasnet/detect/runners.h"
#include "nasnet/detect/samples.h"

namespace nasnet::detect {

/// The second stage's outputs for regions, without gaps.
struct RegionOutputs {
  std::vector<float> scores;  ///< of background and classes
  std::vector<float> codes;   ///< four a class
};

/// The second stage: its network over regions cut out of the maps. It works on so many at a time as
/// RegionSettings::cut_bytes allows, one lot after the other. Learned batch norms see a lot each;
/// other results do not depend on it, but for the order in which gradients are added up.
class RegionStage {
 public:
  RegionStage(HeadGraph head, int classes, const DetectorSettings& settings, Runners& runners);

  const HeadGraph& head() const { return head_; }

  /// Of one of the head's images, which holds HeadGraph::rows regions, in float32.
  static int64_t image_bytes(const HeadGraph& head);
  /// The head's images of a lot.
  static int64_t images_at_a_time(const HeadGraph& head, const RegionSettings& settings);

  /// `parameters`: the values of the head's.
  RegionOutputs infer(const RegionCutter& cutter, const std::vector<Tensor>& maps,
                      const std::vector<Region>& regions,
                      const std::vector<TensorView>& parameters);

  /// Adds `share` times the gradients of the sample's losses to `gradients`, the head's, and those
  /// by the maps to `above`; and the losses to `losses`.
  void learn(const RegionCutter& cutter, const std::vector<Tensor>& maps,
             const RegionSample& sample, const graph::Pass& pass, double share,
             const std::vector<TensorView>& parameters, const fused::GradientPlaces& gradients,
             std::vector<Tensor>& above, DetectionLosses& losses);

 private:
  /// Calls `work` with the first region of each lot, and the lot.
  template <class Work>
  void by_lot(const std::vector<Region>& regions, Work work) const;
  int64_t head_images(size_t regions) const;
  /// The regions as the head reads them: as many rows as fill its images, the last ones zeros.
  std::vector<float> cut(const RegionCutter& cutter, const std::vector<Tensor>& maps,
                         const std::vector<Region>& regions) const;
  /// Adds the losses of the sample's `region`, and their derivatives times `share` to those of its
  /// row of the lot's outputs.
  void add_losses(const RegionSample& sample, size_t region, size_t row,
                  const std::vector<Tensor>& outputs, double share, std::vector<Tensor>& above,
                  DetectionLosses& losses) const;

  const DetectorSettings& settings_;
  const size_t classes_;
  HeadGraph head_;
  std::unique_ptr<fused::Runner> runner_;
};

}  // namespace nasnet::detect
