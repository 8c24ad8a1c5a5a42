#pragma once

// The way in: a graph becomes an executor, which runs passes over plain memory. Everything else in
// this folder stands behind it.

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

/// By parameter of the graph: where its gradient is added, laid out as the parameter itself; null
/// where it is not wanted.
using GradientPlaces = std::vector<float*>;

/// A forward pass of training that can be propagated back. It owns the memory for that: it does not
/// depend on other passes meanwhile, nor on the executor's lifetime. The parameters whose views it
/// was made with must outlive it.
class TrainingPass {
 public:
  virtual ~TrainingPass() = default;
  /// Adds the parameters' gradients to `gradients` and, where `images` is not null and it was
  /// wanted, the gradient of the images to `images`, laid out as they are. `above`: the gradients
  /// of the pass's outputs, each of its output's shape, or undefined for zeros. Throws Error when
  /// it is called again: the gradients have overwritten the values.
  virtual void backward(const std::vector<Tensor>& above, const GradientPlaces& gradients,
                        float* images = nullptr) = 0;
};

/// Runs a graph over plain memory, and gives results from inside it: this folder's executor, or a
/// back end's.
class Runner {
 public:
  virtual ~Runner() = default;

  /// `parameters`: a view for each of the graph's, in its order. Returns the outputs in their
  /// order, float32: N x channels x height x width of a map, N x channels of a global pool or a
  /// linear layer.
  virtual std::vector<Tensor> infer(const Images& images,
                                    const std::vector<TensorView>& parameters) = 0;

  struct Trained {
    std::vector<Tensor> outputs;
    std::unique_ptr<TrainingPass> pass;
  };
  /// A forward pass in training mode. It also updates the running statistics of batch
  /// normalisation, which are among the parameters.
  virtual Trained train(const Images& images, const graph::Pass& pass,
                        const std::vector<TensorView>& parameters) = 0;
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
/// (see plan/plan.h) over one arena of memory a pass. Results do not depend on the number of
/// threads: sums over a batch are computed by image or by a fixed number of groups of images, and
/// added up in their order. Not thread-safe,
/// and neither are those that share memory.
class Executor final : public Runner {
 public:
  /// Throws SystemError for bf16 on a machine without such products, and Error for outputs that are
  /// not allowed.
  explicit Executor(std::shared_ptr<const graph::Graph> graph,
                    const ExecutorSettings& settings = {});
  /// Computes as `beside` does, with its threads and in its memory, which then serves the larger
  /// one of the two: for networks of which one runs at a time.
  Executor(std::shared_ptr<const graph::Graph> graph, std::vector<int> outputs,
           const Executor& beside);
  ~Executor() override;

  void set_threads(int threads);

  /// Parameters are packed again only when addresses or versions have changed.
  std::vector<Tensor> infer(const Images& images,
                            const std::vector<TensorView>& parameters) override;
  Trained train(const Images& images, const graph::Pass& pass,
                const std::vector<TensorView>& parameters) override;

  class State;  ///< executor_of.h

 private:
  std::shared_ptr<State> state_;
};

}  // namespace nasnet::fused
