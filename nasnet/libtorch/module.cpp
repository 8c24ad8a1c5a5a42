// Runs a graph operator by operator on libtorch: the reference that the fused kernels are compared
// with. Results are let go after their last reader.

#include "nasnet/libtorch/module.h"

#include <ATen/ops/add.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/fused/executor.h"
#include "nasnet/graph/initial_values.h"
#include "nasnet/libtorch/fused_autograd.h"
#include "nasnet/libtorch/operators.h"
#include "nasnet/libtorch/torch_compat.h"

namespace nasnet::libtorch {

using graph::batch_norm_keep;
using graph::drop_path_keep;
using graph::Operator;
using graph::OperatorKind;

struct Module::State {
  explicit State(graph::Graph of)
      : shared_graph(std::make_shared<const graph::Graph>(std::move(of))), graph(*shared_graph) {}

  std::shared_ptr<const graph::Graph> shared_graph;  // with passes that outlive the network
  const graph::Graph& graph;
  c10::Device device = c10::kCPU;
  c10::ScalarType dtype = c10::kFloat;
  Precision precision = Precision::kFloat32;
  std::vector<at::Tensor> tensors;
  std::unique_ptr<fused::Executor> fused;
  std::vector<int> last_reader;     // by operator: results are let go once nobody reads them
  std::vector<bool> only_training;  // the auxiliary head's operators

  void make_fused() {
    fused = std::make_unique<fused::Executor>(
        shared_graph, fused::ExecutorSettings{.bf16 = precision == Precision::kBf16});
  }

  void find_last_readers() {
    const std::vector<Operator>& operators = graph.operators;
    last_reader.assign(operators.size(), 0);
    for (size_t i = 0; i < operators.size(); ++i) {
      last_reader[i] = std::max(last_reader[i], static_cast<int>(i));
      for (const int input : operators[i].inputs) last_reader[input] = static_cast<int>(i);
    }
  }

  /// Operators that inference can leave out.
  void find_auxiliary_operators() {
    only_training.assign(graph.operators.size(), false);
    if (graph.auxiliary_logits < 0) return;
    const int section = graph.operators[graph.auxiliary_logits].section;
    for (size_t i = 0; i < graph.operators.size(); ++i) {
      // A ReLU of the head may be the one that a later cell reads too: it runs always.
      only_training[i] =
          graph.operators[i].section == section && graph.operators[i].kind != OperatorKind::kRelu;
    }
    // The head's own ReLUs read the head, so they go with it.
    for (size_t i = 0; i < graph.operators.size(); ++i) {
      for (const int input : graph.operators[i].inputs)
        if (only_training[input]) only_training[i] = true;
    }
  }

  /// One group is a layer norm, as many as channels an instance norm.
  at::Tensor normalize(const Operator& op, const at::Tensor& x, int64_t groups) const {
    return at::group_norm(x, groups, tensors[op.first_parameter], tensors[op.first_parameter + 1],
                          graph.recipe.batch_norm_epsilon);
  }

  /// The result of one operator. Dropout and drop-path draw from (seed, step, operator), as the
  /// fused kernels do.
  at::Tensor run(int index, const std::vector<at::Tensor>& results, const Pass& pass) const {
    const Operator& op = graph.operators[index];
    const at::Tensor& x = results[op.inputs[0]];
    const graph::Shape& before = graph.operators[op.inputs[0]].output;
    switch (op.kind) {
      case OperatorKind::kInput:
        break;
      case OperatorKind::kRelu:
        return at::relu(x);
      case OperatorKind::kConv:
      case OperatorKind::kDepthwiseConv:
        return convolution(x, tensors[op.first_parameter], op, before);
      case OperatorKind::kBatchNorm: {
        const at::Tensor* p = &tensors[op.first_parameter];
        return at::batch_norm(x, p[0], p[1], p[2], p[3], pass.training && !op.frozen,
                              1.0 - batch_norm_keep(graph, pass), graph.recipe.batch_norm_epsilon,
                              /*cudnn_enabled=*/true);
      }
      case OperatorKind::kBias:
        return at::add(x, tensors[op.first_parameter].reshape({-1, 1, 1}));
      case OperatorKind::kUpsample:
        return at::upsample_nearest2d(x, {op.output.height, op.output.width});
      case OperatorKind::kAvgPool:
        return average_pool(x, op, before);
      case OperatorKind::kMaxPool:
        return max_pool(x, op, before);
      case OperatorKind::kSubsample:
        return subsample(x, op.offset);
      case OperatorKind::kZero:
        return at::zeros_like(x);
      case OperatorKind::kAdd:
        return at::add(x, results[op.inputs[1]]);
      case OperatorKind::kConcat: {
        std::vector<at::Tensor> parts;
        for (const int input : op.inputs) parts.push_back(results[input]);
        return at::cat(parts, 1);
      }
      case OperatorKind::kSlice:
        // As a map of its own, which convolutions sum in the same order.
        return x.narrow(1, op.first_channel, op.output.channels)
            .contiguous(at::MemoryFormat::ChannelsLast);
      case OperatorKind::kLayerNorm:
        return normalize(op, x, 1);
      case OperatorKind::kInstanceNorm:
        return normalize(op, x, before.channels);
      case OperatorKind::kDropPath: {
        const double keep = drop_path_keep(graph, op.cell_number, pass);
        if (!pass.training || op.frozen || keep >= 1) return x;
        return drop_path(x, keep, pass.seed, pass.step, static_cast<uint64_t>(index));
      }
      case OperatorKind::kGlobalPool:
        return at::mean(x, {2, 3});
      case OperatorKind::kDropout:
        if (!pass.training) return x;
        return dropout(x, graph.recipe.dropout_keep, pass.seed, pass.step,
                       static_cast<uint64_t>(index));
      case OperatorKind::kLinear:
        return at::linear(x.flatten(1), tensors[op.first_parameter],
                          tensors[op.first_parameter + 1]);
    }
    return x;
  }
};

Module::Module(graph::Graph graph, uint64_t seed, c10::Device device, c10::ScalarType dtype)
    : state_(std::make_unique<State>(std::move(graph))) {
  state_->device = device;
  state_->dtype = dtype;
  state_->find_last_readers();
  state_->find_auxiliary_operators();
  for (const graph::Parameter& parameter : state_->graph.parameters) {
    std::vector<float> values = graph::initial_values(parameter, seed);
    at::Tensor tensor = at::from_blob(values.data(), parameter.shape, c10::kFloat)
                            .to(device, dtype, /*non_blocking=*/false, /*copy=*/true);
    // Channels last, as the images are.
    if (tensor.dim() == 4) tensor = tensor.contiguous(at::MemoryFormat::ChannelsLast);
    tensor.set_requires_grad(parameter.trainable());
    state_->tensors.push_back(std::move(tensor));
  }
}

Module::~Module() = default;
Module::Module(Module&&) noexcept = default;

const graph::Graph& Module::graph() const {
  return state_->graph;
}
c10::Device Module::device() const {
  return state_->device;
}
c10::ScalarType Module::dtype() const {
  return state_->dtype;
}
void Module::set_kernels(Kernels kernels) {
  if (kernels == Kernels::kReference) {
    state_->fused.reset();
    return;
  }
  if (!state_->device.is_cpu() || state_->dtype != c10::kFloat)
    throw Error("the fused kernels compute in float32 on the CPU");
  if (!state_->fused) state_->make_fused();
}
Kernels Module::kernels() const {
  return state_->fused ? Kernels::kFused : Kernels::kReference;
}
void Module::set_precision(Precision precision) {
  if (state_->precision == precision) return;
  state_->precision = precision;
  if (state_->fused) state_->make_fused();
}
Precision Module::precision() const {
  return state_->precision;
}
std::vector<at::Tensor>& Module::tensors() {
  return state_->tensors;
}
const std::vector<at::Tensor>& Module::tensors() const {
  return state_->tensors;
}

Outputs Module::forward(const at::Tensor& images, const Pass& pass, const Observer& observe) {
  const graph::Graph& graph = state_->graph;
  const graph::Shape& shape = graph.operators[0].output;
  if (images.dim() != 4 || images.size(1) != shape.channels || images.size(2) != shape.height ||
      images.size(3) != shape.width)
    throw InputError(
        fmt::format("the network takes images of {} x {} pixels and {} channels, but was given a "
                    "tensor of [{}]",
                    shape.height, shape.width, shape.channels, fmt::join(images.sizes(), ", ")));
  if (state_->fused && !observe)
    return forward_fused(*state_->fused, state_->tensors, images, pass);
  std::optional<Autocast> autocast;
  if (state_->precision == Precision::kBf16) autocast.emplace(state_->device.type());
  std::vector<at::Tensor> results(graph.operators.size());
  // Copying to the GPU need not be waited for; from it, it must.
  results[0] = images.to(state_->device, state_->dtype, /*non_blocking=*/state_->device.is_cuda())
                   .contiguous(at::MemoryFormat::ChannelsLast);
  // After each operator: results that nobody reads any more are let go.
  const auto done = [&](int index) {
    if (observe) observe(index, results[index]);
    for (const int input : graph.operators[index].inputs) {
      if (state_->last_reader[input] == index && input != graph.auxiliary_logits)
        results[input].reset();
    }
  };
  done(0);
  for (int i = 1; i < static_cast<int>(graph.operators.size()); ++i) {
    if (!pass.training && !observe && state_->only_training[i]) continue;
    results[i] = state_->run(i, results, pass);
    done(i);
  }
  Outputs outputs;
  if (graph.logits >= 0) outputs.logits = results[graph.logits].to(state_->dtype);
  if (graph.auxiliary_logits >= 0 && results[graph.auxiliary_logits].defined())
    outputs.auxiliary_logits = results[graph.auxiliary_logits].to(state_->dtype);
  return outputs;
}

std::vector<NamedTensor> named_tensors(const Module& module) {
  std::vector<NamedTensor> named;
  for (size_t i = 0; i < module.tensors().size(); ++i)
    named.push_back({module.graph().parameters[i].name, module.tensors()[i].detach()});
  return named;
}

}  // namespace nasnet::libtorch
