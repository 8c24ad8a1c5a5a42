// Outputs inside a graph, and gradients into them, by libtorch's operators and autograd over memory
// that is the core's.

#include "nasnet/libtorch/torch_runner.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <torch/csrc/autograd/autograd.h>

#include <utility>

#include "nasnet/base/error.h"
#include "nasnet/libtorch/tensors.h"

namespace nasnet::libtorch {
namespace {

/// The images as libtorch has them: N x C x H x W in channels-last memory.
at::Tensor lend_images(const fused::Images& images, const graph::Shape& shape) {
  // libtorch has no tensors of constants; the images are only read.
  return at::from_blob(const_cast<float*>(images.data),
                       {images.count, shape.height, shape.width, shape.channels},
                       at::TensorOptions(c10::kFloat))
      .permute({0, 3, 1, 2});
}

/// Values that lie like those of another tensor.
at::Tensor lend(float* values, const at::Tensor& like) {
  return at::from_blob(values, like.sizes(), like.strides(), at::TensorOptions(c10::kFloat));
}

class TorchPass final : public fused::TrainingPass {
 public:
  TorchPass(std::vector<at::Tensor> outputs, std::vector<at::Tensor> parameters, at::Tensor images)
      : outputs_(std::move(outputs)),
        parameters_(std::move(parameters)),
        images_(std::move(images)) {}

  void backward(const std::vector<Tensor>& above, const fused::GradientPlaces& gradients,
                float* images) override {
    if (outputs_.empty()) throw Error("the way back of this pass has been gone");
    torch::autograd::variable_list results, from, sources;
    for (size_t k = 0; k < outputs_.size(); ++k) {
      if (!above[k].defined() || !outputs_[k].requires_grad()) continue;
      results.push_back(outputs_[k]);
      from.push_back(borrow(above[k]));
    }
    outputs_.clear();
    std::vector<at::Tensor> places;
    const auto want = [&](const at::Tensor& source, float* place) {
      if (!place || !source.requires_grad()) return;
      sources.push_back(source);
      places.push_back(lend(place, source));
    };
    for (size_t k = 0; k < parameters_.size(); ++k) want(parameters_[k], gradients[k]);
    want(images_, images);
    if (results.empty() || sources.empty()) return;
    const auto found = torch::autograd::grad(results, sources, from, c10::nullopt,
                                             /*create_graph=*/false, /*allow_unused=*/true);
    const at::NoGradGuard no_gradients;
    for (size_t k = 0; k < found.size(); ++k)
      if (found[k].defined()) places[k].add_(found[k]);
  }

 private:
  std::vector<at::Tensor> outputs_, parameters_;
  at::Tensor images_;
};

}  // namespace

TorchRunner::TorchRunner(const graph::Graph& graph, std::vector<int> outputs, Precision precision)
    : module_(graph, 0), outputs_(std::move(outputs)) {
  module_.set_precision(precision);
}

std::vector<at::Tensor> TorchRunner::run(const at::Tensor& images, const Pass& pass,
                                         const std::vector<TensorView>& parameters) {
  for (size_t k = 0; k < parameters.size(); ++k) {
    const graph::Parameter& parameter = module_.graph().parameters[k];
    const TensorView& view = parameters[k];
    const size_t rank = parameter.shape.size();
    at::Tensor tensor =
        at::from_blob(view.data, c10::IntArrayRef(view.shape.data(), rank),
                      c10::IntArrayRef(view.strides.data(), rank), at::TensorOptions(c10::kFloat));
    tensor.set_requires_grad(pass.training && parameter.trainable());
    module_.tensors()[k] = std::move(tensor);
  }
  std::vector<at::Tensor> results(outputs_.size());
  module_.forward(images, pass, [&](int op, const at::Tensor& result) {
    for (size_t k = 0; k < outputs_.size(); ++k)
      if (outputs_[k] == op) results[k] = result;
  });
  return results;
}

std::vector<Tensor> TorchRunner::infer(const fused::Images& images,
                                       const std::vector<TensorView>& parameters) {
  const at::NoGradGuard no_gradients;
  const at::Tensor batch = lend_images(images, module_.graph().operators[0].output);
  std::vector<Tensor> outputs;
  for (const at::Tensor& result : run(batch, {}, parameters)) outputs.push_back(to_core(result));
  return outputs;
}

fused::Runner::Trained TorchRunner::train(const fused::Images& images, const Pass& pass,
                                          const std::vector<TensorView>& parameters) {
  at::Tensor batch = lend_images(images, module_.graph().operators[0].output);
  batch.set_requires_grad(images.wants_gradient);
  std::vector<at::Tensor> results = run(batch, pass, parameters);
  Trained trained;
  for (const at::Tensor& result : results) trained.outputs.push_back(to_core(result));
  trained.pass =
      std::make_unique<TorchPass>(std::move(results), module_.tensors(), std::move(batch));
  return trained;
}

}  // namespace nasnet::libtorch
