#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/graph/graph.h"
#include "nasnet/graph/pass.h"
#include "nasnet/libtorch/tensors.h"
#include "nasnet/network/network.h"

namespace nasnet::libtorch {

using graph::Pass;
using network::Kernels;
using network::Precision;

/// Called with every operator's index and result; for tests and for looking inside.
using Observer = std::function<void(int, const at::Tensor&)>;

struct Outputs {
  at::Tensor logits;            ///< N x classes; undefined for a graph without
  at::Tensor auxiliary_logits;  ///< N x classes; undefined where there is no head or no training
};

/// A graph made trainable on libtorch's operators, with autograd. Not thread-safe; one object a
/// thread.
class Module {
 public:
  /// Parameters start as graph::initial_values() says, drawn from (seed, name).
  Module(graph::Graph graph, uint64_t seed, c10::Device device = c10::kCPU,
         c10::ScalarType dtype = c10::kFloat);
  ~Module();
  Module(Module&&) noexcept;

  const graph::Graph& graph() const;
  c10::Device device() const;
  c10::ScalarType dtype() const;

  /// Chooses what forward() runs on from now on; kReference unless set. kFused is for float32 on
  /// the CPU, and passes that are observed run on kReference all the same. Throws Error for others.
  void set_kernels(Kernels kernels);
  Kernels kernels() const;
  /// In what forward() computes from now on; float32 (or what dtype() says) unless set. The logits
  /// come in dtype() either way.
  void set_precision(Precision precision);
  Precision precision() const;

  /// `images`: N x C x H x W of the graph's input shape, on any device and of any float type;
  /// channels-last memory is the fast one.
  Outputs forward(const at::Tensor& images, const Pass& pass = {}, const Observer& observe = {});

  /// One tensor for each of graph().parameters, in its order; trainable ones require gradients.
  std::vector<at::Tensor>& tensors();
  const std::vector<at::Tensor>& tensors() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The module's tensors under their parameters' names, in order, without their gradients.
std::vector<NamedTensor> named_tensors(const Module& module);

}  // namespace nasnet::libtorch
