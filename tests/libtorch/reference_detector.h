#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <vector>

#include "nasnet/detect/detector.h"
#include "nasnet/kernels/roi_align.h"
#include "nasnet/libtorch/module.h"

namespace nasnet::libtorch {

/// A box in float64.
using WideBox = kernels::RoiOf<double>;

/// A detector as plain as can be, in float64 on libtorch's operators and autograd: the oracle of
/// detect::Detector. It shares the graphs, and the discrete choices of which anchors and regions
/// are assigned to objects and drawn; of numbers only RoIAlign's weights, which are tested by
/// themselves.
class ReferenceDetector {
 public:
  /// Computes what `detector` does, with its values of now, on canvases of this shape.
  ReferenceDetector(const detect::Detector& detector, const graph::Shape& canvas);

  struct Batch {
    at::Tensor images;  ///< N x C x H x W
    std::vector<data::ImageSize> content;
  };
  static Batch widened(const detect::ImageBatch& batch);

  /// All outputs of the dense network, in its order.
  std::vector<at::Tensor> run_dense(const Batch& batch, const Pass& pass = {});
  /// By image, the best first.
  std::vector<std::vector<WideBox>> propose(const std::vector<at::Tensor>& outputs,
                                            const Batch& batch, bool training) const;

  struct Regions {
    std::vector<int64_t> images;
    std::vector<WideBox> boxes;
  };
  static Regions joined(const std::vector<std::vector<WideBox>>& by_image);
  /// Regions x bins x channels.
  at::Tensor cut(const std::vector<at::Tensor>& outputs, const Regions& regions) const;
  /// Scores and codes of each region.
  std::vector<at::Tensor> run_head(const at::Tensor& cuts, const Pass& pass = {});

  struct Found {
    WideBox box;
    int label;
    double score;
  };
  std::vector<std::vector<Found>> detect(const Batch& batch);

  /// An image's objects in float64, for the codes to be learned.
  struct Target {
    detect::Target given;
    std::vector<WideBox> objects;
  };
  static std::vector<Target> widened(const std::vector<detect::Target>& targets);

  /// Everything that a step takes for constant: which anchors and regions it learns from.
  struct Choices {
    std::vector<std::vector<int>> matches;  ///< of the anchors
    std::vector<boxes::Sample> anchors;
    Regions regions;
    std::vector<int64_t> labels;   ///< of the regions
    std::vector<WideBox> objects;  ///< of those with a label above 0
    std::vector<double> anchor_shares, region_shares;
  };
  /// `proposed`: as propose() gives them.
  Choices choose(const std::vector<std::vector<WideBox>>& proposed, const Batch& batch,
                 const std::vector<Target>& targets, const Pass& pass) const;

  struct Losses {
    at::Tensor objectness, proposals, classes, boxes;
    at::Tensor sum() const { return objectness + proposals + classes + boxes; }
  };
  /// For autograd.
  Losses learn(const std::vector<at::Tensor>& outputs, const std::vector<Target>& targets,
               const Choices& choices, const Pass& pass);

  /// In the order of the detector's parameters.
  std::vector<at::Tensor> tensors() const;

 private:
  const detect::Detector& detector_;
  const detect::DetectorSettings& settings_;
  detect::DenseGraph dense_;
  Module dense_module_, head_module_;
  detect::ProposalStage stage_;
};

}  // namespace nasnet::libtorch
