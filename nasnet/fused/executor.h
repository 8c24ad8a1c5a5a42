#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/graph/graph.h"
#include "nasnet/graph/pass.h"

namespace nasnet::fused {

/// Images as a network reads them: float32, image by image, each [row][column][channel].
struct Images {
  const float* data = nullptr;
  int64_t count = 0;
  bool wants_gradient = false;  ///< of the images themselves, on a training pass's way back
};

/// For each of the graph's parameters the place that its gradient is added to, laid out as the
/// parameter itself; null where none is wanted.
using GradientPlaces = std::vector<float*>;

/// A training-mode pass that knows its way back. It owns the memory that it needs for that: what
/// other passes do meanwhile, and the end of the executor, do not concern it. The parameters' views
/// that it was made with must live as long.
class TrainingPass {
 public:
  virtual ~TrainingPass() = default;
  /// Adds to `gradients`, and to that of the images where it is wanted and asked for, laid out as
  /// they are, what follows from `above`: the gradients of the pass's outputs, each of its output's
  /// shape, or undefined for zeros. Throws Error when it is called again: the memory of the values
  /// is the gradients' then.
  virtual void backward(const std::vector<Tensor>& above, const GradientPlaces& gradients,
                        float* images = nullptr) = 0;
};

struct ExecutorSettings {
  /// Activations and their gradients are kept, and matrices multiplied, in bf16; parameters, their
  /// gradients, sums and depthwise windows stay float32.
  bool bf16 = false;
  int threads = 1;
  /// The operators of the graph whose results the passes give: see plan::PlanSettings.
  std::vector<int> outputs = {};
};

/// Runs a graph on the project's own kernels: float32 or bf16, NHWC, on the CPU, in fused steps
/// (see plan/plan.h) over one arena of memory a pass. The same numbers whatever the number of
/// threads: sums over a batch are taken by image or by a fixed number of groups of images, and put
/// together in their order. One caller at a time.
class Executor {
 public:
  /// Throws SystemError where bf16 is asked for and the machine has no such products, and Error for
  /// outputs that cannot be.
  explicit Executor(std::shared_ptr<const graph::Graph> graph, ExecutorSettings settings = {});
  ~Executor();

  void set_threads(int threads);

  /// One view for each of the graph's parameters, in its order. Inference packs them once for as
  /// long as addresses and versions stay as they are. Gives the outputs in their order, float32:
  /// N x channels x height x width of a map, N x channels of a global pool or a linear layer.
  std::vector<Tensor> infer(const Images& images, const std::vector<TensorView>& parameters);

  struct Trained {
    std::vector<Tensor> outputs;
    std::unique_ptr<TrainingPass> pass;
  };
  /// A pass in training mode, which also takes the running statistics of batch normalisation, among
  /// the parameters, a step on.
  Trained train(const Images& images, const graph::Pass& pass,
                const std::vector<TensorView>& parameters);

  class State;  ///< executor_of.h

 private:
  std::shared_ptr<State> state_;
};

}  // namespace nasnet::fused
