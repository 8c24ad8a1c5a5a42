#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/boxes/box.h"
#include "nasnet/data/image.h"
#include "nasnet/detect/dense_graph.h"
#include "nasnet/detect/detector_settings.h"

namespace nasnet::detect {

/// Objects of an image to learn from, in pixels of the canvas that it lies on.
struct Target {
  std::vector<boxes::Box> objects;
  std::vector<int> labels;  ///< of the objects, from 0
  std::vector<boxes::Box> crowds;
};

/// The first stage on the outputs of the dense network, for one canvas size.
class ProposalStage {
 public:
  /// `outputs`: the dense network's, which tell the sizes of the maps.
  ProposalStage(const ProposalSettings& settings, const DenseGraph& dense);

  /// The regions of image n, the best first. `content`: the part of the canvas that the image
  /// takes, from its upper left corner. Regions are clipped to it.
  std::vector<boxes::Box> propose(const std::vector<Tensor>& outputs, int64_t n,
                                  const data::ImageSize& content, bool training) const;

  /// By anchor of all levels: the object's index, boxes::kBackground or kIgnored.
  std::vector<int> match(const Target& target, const data::ImageSize& content) const;

  const std::vector<boxes::Box>& anchors() const { return anchors_; }

  struct Losses {
    double objectness = 0, codes = 0;
  };
  /// Sums of an image's losses over its sample, times `weight`. Adds their derivatives, times
  /// `share`, to `above`, the gradients of the outputs.
  Losses add_losses(const std::vector<Tensor>& outputs, int64_t n, const Target& target,
                    const std::vector<int>& matches, const boxes::Sample& sample, double weight,
                    double share, std::vector<Tensor>& above) const;

 private:
  /// A level's stretch of the anchors, and where the network's outputs have its values.
  struct Level {
    int first = 0, count = 0;       ///< of anchors_
    int objectness = 0, codes = 0;  ///< numbers of outputs
  };
  const Level& level_of(int anchor) const;

  const ProposalSettings& settings_;
  std::vector<boxes::Box> anchors_;
  std::vector<Level> levels_;
};

}  // namespace nasnet::detect
