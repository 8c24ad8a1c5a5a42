#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/base/thread_pool.h"
#include "nasnet/detect/dense_graph.h"
#include "nasnet/detect/detections.h"
#include "nasnet/detect/detector_settings.h"
#include "nasnet/detect/detector_state.h"
#include "nasnet/detect/proposals.h"
#include "nasnet/detect/region_stage.h"
#include "nasnet/detect/regions.h"
#include "nasnet/fused/executor.h"
#include "nasnet/graph/pass.h"
#include "nasnet/network/computation.h"
#include "nasnet/network/network.h"

namespace nasnet::detect {

/// Images of one canvas size, each in the upper left corner of its canvas.
struct ImageBatch {
  Tensor images;                         ///< N x channels x height x width, normalised
  std::vector<data::ImageSize> content;  ///< by image: the part of the canvas that it takes
};

/// A two-stage detector (Ren et al., "Faster R-CNN", NeurIPS 2015) on a pyramid or a single map, on
/// the project's own kernels or, for their reference, on libtorch's operators. It holds the values
/// of its parameters, which do not depend on the size of the images: one network a canvas size is
/// made over them. Not thread-safe.
class Detector {
 public:
  /// The dense network for canvases of this shape; its parameters must be the same for all.
  using MakeDense = std::function<DenseGraph(const graph::Shape& canvas)>;

  /// Parameters start as graph::initial_values() says, drawn from (seed, name).
  Detector(MakeDense make_dense, HeadGraph head, int classes, DetectorSettings settings,
           const network::Computation& computation, uint64_t seed);
  ~Detector();

  /// Of the dense network, then of the second stage.
  const std::vector<graph::Parameter>& parameters() const { return parameters_; }
  std::vector<Tensor>& tensors() { return tensors_; }
  const std::vector<Tensor>& tensors() const { return tensors_; }
  /// The tensors under their parameters' names.
  std::vector<network::NamedTensor> named_tensors() const;
  /// Throws Error for other shapes.
  void set_tensors(const std::vector<Tensor>& values);
  const DetectorSettings& settings() const { return settings_; }
  /// The dense network for canvases of this shape, and the second stage's.
  DenseGraph dense_graph(const graph::Shape& canvas) const { return make_dense_(canvas); }
  const HeadGraph& head() const { return regions_.head(); }
  int classes() const { return classes_; }

  /// Networks of so many canvas sizes are kept, those used last. The memory of passes is one for
  /// all, but each has packed weights of its own, four times its parameters; to make one again
  /// takes a tenth of a step.
  static constexpr std::ptrdiff_t kDenseKept = 4;

  /// The objects in each image, the best first.
  std::vector<std::vector<Detected>> detect(const ImageBatch& batch);

  /// Adds to `gradients`, one place a parameter, `share` times those of the losses. `targets`: one
  /// an image. The pass's seed and step name the random numbers of the samples.
  DetectionLosses add_gradients(const ImageBatch& batch, const std::vector<Target>& targets,
                                const graph::Pass& pass, double share,
                                const fused::GradientPlaces& gradients);

  /// Regions that the first stage proposes, by image.
  std::vector<std::vector<boxes::Box>> propose(const ImageBatch& batch);

  // The stages of detect() one by one, each on any results of those before: an export's check
  // gives them the file's.

  /// The dense network's outputs.
  std::vector<Tensor> infer_dense(const ImageBatch& batch);
  std::vector<std::vector<boxes::Box>> propose(const ImageBatch& batch,
                                               const std::vector<Tensor>& outputs);
  /// Of the regions, image after image.
  RegionOutputs infer_head(const ImageBatch& batch, const std::vector<Tensor>& outputs,
                           const std::vector<std::vector<boxes::Box>>& regions);

 private:
  struct Dense;

  /// The network for the images' canvas, made where it is not kept.
  Dense& dense_for(const Tensor& images);
  /// The values of the dense network's parameters, or the head's, in place.
  std::vector<TensorView> dense_views() { return {tensors_.begin(), first_of_head()}; }
  std::vector<TensorView> head_views() { return {first_of_head(), tensors_.end()}; }
  std::vector<Tensor>::iterator first_of_head() {
    return tensors_.begin() + static_cast<std::ptrdiff_t>(dense_parameters_);
  }
  void learn_proposals(const Dense& dense, const std::vector<Tensor>& outputs,
                       const ImageBatch& batch, const std::vector<Target>& targets,
                       const graph::Pass& pass, double share, std::vector<Tensor>& above,
                       DetectionLosses& losses) const;

  MakeDense make_dense_;
  const int classes_;
  const DetectorSettings settings_;
  ThreadPool threads_;
  std::vector<graph::Parameter> parameters_;
  std::vector<Tensor> tensors_;
  size_t dense_parameters_ = 0;
  Runners runners_;
  std::list<std::unique_ptr<Dense>> dense_;  // the one used last is the first
  RegionStage regions_;
};

}  // namespace nasnet::detect
