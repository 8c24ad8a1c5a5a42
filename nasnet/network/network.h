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

/// A result that a GPU may still be computing: calling it waits.
template <class T>
using Later = std::function<T()>;

/// A tensor of its owner's; valid until the owner changes.
struct NamedTensor {
  std::string name;
  const Tensor* tensor = nullptr;
};

/// Optimizer and loss.
struct LearningRule {
  /// kSgd: gradient descent with Nesterov momentum; kRmsprop: as TensorFlow has it; kAdamw: Adam
  /// with decoupled weight decay.
  enum class Optimizer { kSgd, kRmsprop, kAdamw };
  friend constexpr EnumNames<Optimizer, 3> names_of(Optimizer) {
    return {
        {{Optimizer::kSgd, "sgd"}, {Optimizer::kRmsprop, "rmsprop"}, {Optimizer::kAdamw, "adamw"}}};
  }
  Optimizer optimizer = Optimizer::kSgd;
  double momentum = 0.9;
  double rmsprop_decay = 0.9, rmsprop_epsilon = 1.0;
  double adamw_decay = 0.999, adamw_epsilon = 1e-8;
  double weight_decay = 0;  ///< of the weights, not of norms and biases
  double clip = 0;          ///< largest global norm of the gradient; 0 for no limit
  double average = 0;       ///< limit of the decay of the weights' moving average; 0 for none
  double label_smoothing = 0;
  double auxiliary_weight = 0;  ///< of the auxiliary head's loss
  /// By parameter: its share of a step's rate; empty for 1 of all.
  std::vector<double> rate_shares;

  double rate_share(size_t parameter) const {
    return rate_shares.empty() ? 1.0 : rate_shares.at(parameter);
  }
};

/// Images [first, first + count) of a batch.
struct Part {
  int64_t first = 0, count = 0;
};

/// The classes of a batch's images. Where images are mixed, two each: `shares` of the first, the
/// rest of the other.
struct Truths {
  std::span<const int64_t> labels;
  std::span<const int64_t> others = {};  ///< empty where none is mixed
  std::span<const float> shares = {};

  Truths(std::span<const int64_t> labels, std::span<const int64_t> others = {},
         std::span<const float> shares = {})
      : labels(labels), others(others), shares(shares) {}
  Truths(const std::vector<int64_t>& labels) : labels(labels) {}

  Truths of(Part part) const {
    const auto cut = [&](auto all) {
      return all.empty() ? all : all.subspan(part.first, part.count);
    };
    return {cut(labels), cut(others), cut(shares)};
  }
};

struct PartResult {
  double loss = 0;  ///< mean main cross-entropy, smoothing included, auxiliary head excluded
  int64_t correct = 0;
};

/// Trains a network: holds the optimizer's state and the moving average of the weights. Must not
/// outlive its network.
///
/// A step is of one or more replicas, each with batch statistics of its own. A replica's pass
/// leaves the network as it was, and its contribution (contribution.h) in a numbered place; the
/// caller has them added up in an order of its choice, and steps by the sum in place 0: the weights
/// by its gradients, the running statistics to its means.
class Learner {
 public:
  virtual ~Learner() = default;

  /// Passes over a part of a batch, forward and back, and puts into `place`, which is free, `share`
  /// of the gradient of its mean loss and of the running statistics after it. `images`: N x C x H x
  /// W; `truths`: of each image of the batch. Where the loss is not finite the place stays free.
  virtual Later<PartResult> contribute(const Tensor& images, const Truths& truths, Part part,
                                       const Pass& pass, double share, size_t place = 0) = 0;
  /// Adds a contribution to another one; its place is free again.
  virtual void add(size_t to, size_t from) = 0;

  /// The rows of numbers in places 0 to `places` - 1, for a sum over several processes; values that
  /// `use` writes are kept.
  using Rows = std::span<const std::span<float>>;
  virtual void lend(size_t places, const std::function<void(Rows)>& use) = 0;

  /// Updates the weights by the sum in place 0, which is free again, and updates the average.
  /// `steps`: their number with this one. Returns the gradients' global norm, decay included,
  /// before clipping; on the processor nothing is changed where that is not finite.
  virtual Later<double> step(double rate, int64_t steps) = 0;

  /// The state that the next steps depend on beside the network: velocities under their parameters'
  /// NAME and, of RMSProp and AdamW, mean squares under NAME/RMSProp and NAME/AdamW.
  virtual std::vector<NamedTensor> optimizer_state() const = 0;
  /// The averages under their parameters' names; none where the rule has none.
  virtual std::vector<NamedTensor> average() const = 0;
  /// In the order of optimizer_state() and of average(). Throws Error for other shapes.
  virtual void set_state(const std::vector<Tensor>& optimizer,
                         const std::vector<Tensor>& average) = 0;

  /// Replaces the network's values by the averages, once its training is over.
  virtual void use_average() = 0;
};

/// A graph with values for its parameters, on one of the implementations (Kernels). Not
/// thread-safe.
class Network {
 public:
  virtual ~Network() = default;
  const graph::Graph& graph() const { return *graph_; }
  const Computation& computation() const { return computation_; }

  /// One for each of graph().parameters, in its order.
  virtual const std::vector<Tensor>& tensors() const = 0;
  /// Throws Error for other shapes.
  virtual void set_tensors(const std::vector<Tensor>& values) = 0;

  /// Starts inference: logits, N x classes, of images N x C x H x W, which the caller may free once
  /// this returns. Throws InputError for images of another shape than the graph's input.
  virtual Later<Tensor> start(const Tensor& images) = 0;
  Tensor infer(const Tensor& images) { return start(images)(); }

  virtual std::unique_ptr<Learner> learn(const LearningRule& rule) = 0;

  /// The statistics of a batch in a training pass that drops nothing: means, and variances over one
  /// value less, of the batch norms that take any; a tensor for each of running_statistics() of the
  /// graph (contribution.h). The network stays as it is.
  virtual std::vector<Tensor> batch_statistics(const Tensor& images) = 0;

 protected:
  Network(std::shared_ptr<const graph::Graph> graph, Computation computation)
      : graph_(std::move(graph)), computation_(computation) {}
  /// Throws InputError for images that are not of the graph's input shape.
  void demand_shape(const Tensor& images) const;

  std::shared_ptr<const graph::Graph> graph_;
  Computation computation_;
};

/// Parameters start as graph::initial_values() says, drawn from (seed, name). Throws
/// InputError where the computation needs a back end that is not there (backend.h).
std::unique_ptr<Network> make_network(graph::Graph graph, uint64_t seed,
                                      const Computation& computation = {});

/// The network's tensors under their parameters' names, in order.
std::vector<NamedTensor> named_tensors(const Network& network);

}  // namespace nasnet::network
