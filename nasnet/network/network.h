#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/graph/graph.h"
#include "nasnet/graph/pass.h"
#include "nasnet/network/computation.h"

namespace nasnet::network {

using graph::Pass;

/// A result that may still be computed elsewhere: calling it waits.
template <class T>
using Later = std::function<T()>;

/// A tensor that its owner holds, until that changes it.
struct NamedTensor {
  std::string name;
  const Tensor* tensor = nullptr;
};

/// How gradients become steps, and which loss they are of.
struct LearningRule {
  /// kSgd: gradient descent with Nesterov momentum; kRmsprop: as TensorFlow has it.
  enum class Optimizer { kSgd, kRmsprop };
  Optimizer optimizer = Optimizer::kSgd;
  double momentum = 0.9;
  double rmsprop_decay = 0.9, rmsprop_epsilon = 1.0;
  double weight_decay = 0;  ///< of the weights, not of norms and biases
  double clip = 0;          ///< largest global norm of the gradient; 0 for no limit
  double average = 0;       ///< limit of the decay of the weights' moving average; 0 for none
  double label_smoothing = 0;
  double auxiliary_weight = 0;  ///< of the auxiliary head's loss
};

/// Images [first, first + count) of a batch.
struct Part {
  int64_t first = 0, count = 0;
};

struct PartResult {
  double loss = 0;  ///< mean main cross-entropy, smoothing included, auxiliary head excluded
  int64_t correct = 0;
};

/// All that a step of training changes: a network's tensors, their gradients, the optimizer's state
/// and the moving average of the weights. Lives no longer than its network.
class Learner {
 public:
  virtual ~Learner() = default;

  /// Adds to the gradients `share` of those of the mean loss over a part of a batch. `images`: N x
  /// C x H x W; `labels`: one an image of the batch. Where the loss is not finite nothing is added.
  virtual Later<PartResult> add_gradients(const Tensor& images, std::span<const int64_t> labels,
                                          Part part, const Pass& pass, double share) = 0;

  /// Takes a step along the gradients, which are zero then, and takes the average on. `steps`: done
  /// with this one. Returns the gradients' global norm, decay included, before clipping; on the
  /// processor nothing is done where that is not finite.
  virtual Later<double> step(double rate, int64_t steps) = 0;

  /// All that the next steps depend on beside the network: velocities under their parameters' NAME
  /// and, of RMSProp, mean squares under NAME/RMSProp.
  virtual std::vector<NamedTensor> optimizer_state() const = 0;
  /// The averages under their parameters' names; none where the rule has none.
  virtual std::vector<NamedTensor> average() const = 0;
  /// In the order of optimizer_state() and of average(). Throws Error for other shapes.
  virtual void set_state(const std::vector<Tensor>& optimizer,
                         const std::vector<Tensor>& average) = 0;

  /// Gives the network the averaged values; to be done once its training is over.
  virtual void use_average() = 0;
};

/// A graph with values for its parameters, on one of the implementations. Not thread-safe.
class Network {
 public:
  virtual ~Network() = default;
  const graph::Graph& graph() const { return *graph_; }
  const Computation& computation() const { return computation_; }

  /// One for each of graph().parameters, in its order.
  virtual const std::vector<Tensor>& tensors() const = 0;
  /// Throws Error for other shapes.
  virtual void set_tensors(const std::vector<Tensor>& values) = 0;

  /// Inference: logits, N x classes, of images N x C x H x W, which are not needed any more once
  /// this returns. Throws InputError for images of another shape than the graph's input.
  virtual Later<Tensor> start(const Tensor& images) = 0;
  Tensor infer(const Tensor& images) { return start(images)(); }

  virtual std::unique_ptr<Learner> learn(const LearningRule& rule) = 0;

 protected:
  Network(std::shared_ptr<const graph::Graph> graph, Computation computation)
      : graph_(std::move(graph)), computation_(computation) {}
  /// Throws InputError for images that are not of the graph's input shape.
  void demand_shape(const Tensor& images) const;

  std::shared_ptr<const graph::Graph> graph_;
  Computation computation_;
};

/// Parameters start as the released code starts them (spec 4.7), drawn from (seed, name). Throws
/// InputError where the computation needs a back end that is not there (backend.h).
std::unique_ptr<Network> make_network(graph::Graph graph, uint64_t seed,
                                      const Computation& computation = {});

/// The network's tensors under their parameters' names, in order.
std::vector<NamedTensor> named_tensors(const Network& network);

}  // namespace nasnet::network
