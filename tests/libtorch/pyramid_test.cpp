#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nasnet/base/random.h"
#include "nasnet/fused/executor.h"
#include "nasnet/graph/initial_values.h"
#include "nasnet/libtorch/module.h"
#include "nasnet/libtorch/tensors.h"
#include "tests/graph/pyramid.h"

namespace nasnet::libtorch {
namespace {

/// How far apart two lists of numbers are, and how long the second is.
struct Distance {
  double away = 0, size = 0;

  Distance(const std::vector<float>& ours, const at::Tensor& theirs) {
    const at::Tensor flat = theirs.detach().contiguous();
    for (size_t k = 0; k < ours.size(); ++k) {
      const double expected = flat.data_ptr<double>()[k];
      away += std::pow(ours[k] - expected, 2);
      size += expected * expected;
    }
    away = std::sqrt(away);
    size = std::sqrt(size);
  }
};

/// The fused kernels against libtorch's operators in float64: outputs inside the network, and the
/// gradients of all parameters from gradients into each.
void expect_agreement(const graph::Cut& cut, const Pass& pass) {
  constexpr int64_t kImages = 3;
  Module module(cut.graph, 1, c10::kCPU, c10::kDouble);
  std::vector<Tensor> parameters, gradients;
  for (size_t i = 0; i < module.tensors().size(); ++i) {
    const graph::Parameter& parameter = cut.graph.parameters[i];
    // Away from the values they start with: statistics and biases of zero hide mistakes.
    std::vector<float> values = graph::initial_values(parameter, 1);
    Random random(2, i, "parameters");
    for (float& value : values) value += static_cast<float>(0.1 * random.uniform());
    parameters.emplace_back(parameter.shape);
    parameters.back().set_row_major(values);
    gradients.emplace_back(parameter.shape);
    module.tensors()[i] = at::from_blob(values.data(), parameter.shape, c10::kFloat)
                              .to(c10::kDouble)
                              .set_requires_grad(parameter.trainable());
  }
  std::vector<TensorView> views;
  fused::GradientPlaces places;
  for (size_t i = 0; i < parameters.size(); ++i) {
    views.emplace_back(parameters[i]);
    places.push_back(cut.graph.parameters[i].trainable() ? gradients[i].change().data() : nullptr);
  }
  const graph::Shape& shape = cut.graph.operators[0].output;
  Tensor images({kImages, shape.channels, shape.height, shape.width});
  Random random(1, 0, "images");
  for (float& value : images.change()) value = static_cast<float>(random.normal());
  std::vector<float> rows = images.row_major();

  std::map<int, at::Tensor> theirs;
  module.forward(at::from_blob(rows.data(), images.shape(), c10::kFloat), pass,
                 [&](int op, const at::Tensor& result) { theirs[op] = result; });
  fused::Executor executor(std::make_shared<const graph::Graph>(cut.graph),
                           {.threads = 2, .outputs = cut.outputs});
  fused::Executor::Trained ours;
  if (pass.training) {
    ours = executor.train({images.data(), kImages}, pass, views);
  } else {
    ours.outputs = executor.infer({images.data(), kImages}, views);
  }
  at::Tensor loss = at::zeros({}, c10::kDouble);
  std::vector<Tensor> above;
  for (size_t k = 0; k < cut.outputs.size(); ++k) {
    const at::Tensor& expected = theirs.at(cut.outputs[k]);
    const std::vector<float> values = ours.outputs[k].row_major();
    const Distance distance(values, expected);
    EXPECT_LT(distance.away, 1e-4 * distance.size) << "output " << k;
    std::vector<float> weights;
    for (size_t i = 0; i < values.size(); ++i)
      weights.push_back(static_cast<float>(random.normal() / distance.size));
    above.emplace_back(ours.outputs[k].shape());
    above.back().set_row_major(weights);
    const at::Tensor by =
        at::from_blob(weights.data(), expected.sizes(), c10::kFloat).to(c10::kDouble);
    loss = loss.add(expected.mul(by).sum());
  }
  if (!pass.training) return;
  loss.backward();
  ours.pass->backward(above, places);
  double largest = 0;  // gradients beside which others are rounding
  for (const at::Tensor& tensor : module.tensors())
    if (tensor.grad().defined()) largest = std::max(largest, tensor.grad().norm().item<double>());
  for (size_t i = 0; i < gradients.size(); ++i) {
    const graph::Parameter& parameter = cut.graph.parameters[i];
    const at::Tensor& expected = module.tensors()[i].grad();
    ASSERT_EQ(expected.defined(), parameter.trainable()) << parameter.name;
    if (!expected.defined()) continue;
    const Distance distance(gradients[i].row_major(), expected);
    EXPECT_LT(distance.away, 1e-3 * distance.size + 1e-6 * largest) << parameter.name;
  }
}

TEST(Pyramid, FusedKernelsComputeAsLibtorchDoes) {
  expect_agreement(graph::pyramid(), {});
  expect_agreement(graph::pyramid(), {.training = true});
}

TEST(Pyramid, FusedKernelsComputeAsLibtorchDoesWithFrozenNorms) {
  for (const auto frozen : {graph::FrozenNorms::kStatistics, graph::FrozenNorms::kAll}) {
    graph::Cut cut = graph::pyramid("nasnet-a", {61, 83, 3});
    graph::freeze_batch_norms(cut.graph, frozen);
    expect_agreement(cut, {.training = true});
  }
}

}  // namespace
}  // namespace nasnet::libtorch
