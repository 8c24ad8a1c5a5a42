// The fused kernels as a node of autograd's, so that a network of both kinds of operators can be
// differentiated, and tests can compare gradients.

#include "nasnet/libtorch/fused_autograd.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/libtorch/tensors.h"
#include "nasnet/libtorch/torch_compat.h"

namespace nasnet::libtorch {
namespace {

using torch::autograd::variable_list;

/// The tensor's values in place, with its strides; they must outlive the view.
TensorView view_of(const at::Tensor& tensor) {
  NASNET_CHECK(tensor.dim() <= 4 && tensor.is_cpu(), "parameters have up to four dimensions");
  TensorView view;
  view.data = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.dim(); ++i) {
    view.shape[i] = tensor.size(i);
    view.strides[i] = tensor.stride(i);
  }
  // Tensors of inference mode do not count their changes: any may have happened.
  static std::atomic<uint64_t> uncounted{uint64_t{1} << 63};
  view.version = tensor.is_inference() ? uncounted++ : static_cast<uint64_t>(tensor._version());
  return view;
}

std::vector<TensorView> views_of(const std::vector<at::Tensor>& tensors) {
  std::vector<TensorView> views;
  views.reserve(tensors.size());
  for (const at::Tensor& tensor : tensors) views.push_back(view_of(tensor));
  return views;
}

/// A tensor with memory of its own.
at::Tensor to_torch(const Tensor& values) {
  return borrow(values).clone();
}

/// The gradient above logits; undefined where the loss does not reach them.
Tensor from_torch(const at::Tensor& tensor) {
  return tensor.defined() ? to_core(tensor) : Tensor();
}

/// Images as they lie, or a copy as the executor wants them.
at::Tensor channels_last(const at::Tensor& images) {
  return images.to(c10::kCPU, c10::kFloat).permute({0, 2, 3, 1}).contiguous();
}

/// The whole network as one node. It holds the parameters that its way back reads.
struct FusedNode : torch::autograd::Node {
  std::unique_ptr<fused::TrainingPass> pass;
  std::vector<at::Tensor> tensors;
  std::vector<size_t> trainable;  // of `tensors`, in the order of the node's inputs
  std::vector<int64_t> images;    // their shape where their gradient is wanted: the last input

  variable_list apply(variable_list&& above) override {
    const at::NoGradGuard no_gradients;
    if (!pass) throw Error("this pass has run backward already: its memory is given back");
    variable_list gradients;
    fused::GradientPlaces places(tensors.size(), nullptr);
    for (size_t k = 0; k < trainable.size(); ++k) {
      gradients.emplace_back();
      // Nobody asked for this one: its place stays null.
      if (!task_should_compute_output(k)) continue;
      gradients.back() = at::zeros_like(tensors[trainable[k]]);
      places[trainable[k]] = gradients.back().data_ptr<float>();
    }
    std::vector<Tensor> outputs;
    for (const at::Tensor& gradient : above) outputs.push_back(from_torch(gradient));
    at::Tensor image_gradient;
    if (!images.empty() && task_should_compute_output(trainable.size()))
      image_gradient = at::zeros({images[0], images[2], images[3], images[1]}, c10::kFloat);
    pass->backward(outputs, places,
                   image_gradient.defined() ? image_gradient.data_ptr<float>() : nullptr);
    if (!images.empty())
      gradients.push_back(image_gradient.defined() ? image_gradient.permute({0, 3, 1, 2})
                                                   : at::Tensor());
    pass.reset();
    return gradients;
  }
  /// Called by autograd when the graph is not kept; gives the pass's memory back.
  void release_variables() override {
    pass.reset();
    tensors.clear();
  }
};

}  // namespace

Outputs forward_fused(fused::Executor& executor, const std::vector<at::Tensor>& tensors,
                      const at::Tensor& images, const Pass& pass) {
  executor.set_threads(at::get_num_threads());
  const at::Tensor batch = channels_last(images.detach());
  const bool image_gradient = at::GradMode::is_enabled() && images.requires_grad();
  const fused::Images plain{batch.data_ptr<float>(), batch.size(0), image_gradient};
  if (!pass.training) {
    return {to_torch(executor.infer(plain, views_of(tensors))[0]), {}};
  }
  fused::Executor::Trained trained = executor.train(plain, pass, views_of(tensors));
  Outputs outputs{to_torch(trained.outputs[0])};
  if (trained.outputs.size() > 1) outputs.auxiliary_logits = to_torch(trained.outputs[1]);
  // Without gradients the pass is over, and its memory goes back with it.
  if (!at::GradMode::is_enabled()) return outputs;
  const auto node = make_node<FusedNode>();
  node->pass = std::move(trained.pass);
  node->tensors = tensors;
  variable_list inputs;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i].requires_grad()) continue;
    node->trainable.push_back(i);
    inputs.push_back(tensors[i]);
  }
  if (image_gradient) {
    node->images = images.sizes().vec();
    inputs.push_back(images);
  }
  node->set_next_edges(torch::autograd::collect_next_edges(inputs));
  for (at::Tensor* logits : {&outputs.logits, &outputs.auxiliary_logits}) {
    if (!logits->defined()) continue;
    torch::autograd::set_history(*logits, node);
  }
  return outputs;
}

}  // namespace nasnet::libtorch
