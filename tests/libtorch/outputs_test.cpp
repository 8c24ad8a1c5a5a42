// Results of any operator as outputs of the fused executor, gradients into several of them and the
// gradient of the images, beside libtorch's operators and autograd.

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/fused/executor.h"
#include "nasnet/graph/build.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/libtorch/module.h"
#include "nasnet/plan/plan.h"
#include "nasnet/space/genotypes.h"
#include "tests/libtorch/outcome.h"
#include "tests/space/random_genotype.h"

namespace nasnet::libtorch {
namespace {

using graph::OperatorKind;

const Pass kTraining = {
    .training = true, .progress = 0.9, .drop_path_keep = 0.6, .seed = 5, .step = 7};

/// A pass's outputs, and the gradients that followed from those above them.
struct Given {
  std::vector<at::Tensor> outputs, gradients;  // the latter by parameter, none: undefined
  at::Tensor images;
};

/// Fixed gradients above outputs of these shapes; none above every third.
std::vector<at::Tensor> gradients_above(const std::vector<at::Tensor>& outputs) {
  std::vector<at::Tensor> above;
  for (size_t k = 0; k < outputs.size(); ++k) {
    Random random(11, k, "gradients");
    std::vector<float> values(static_cast<size_t>(outputs[k].numel()));
    for (float& value : values)
      value = static_cast<float>(random.normal() / std::sqrt(static_cast<double>(values.size())));
    const at::Tensor tensor =
        at::from_blob(values.data(), outputs[k].sizes(), at::TensorOptions(c10::kFloat)).clone();
    above.push_back(k % 3 == 2 ? at::Tensor() : tensor);
  }
  return above;
}

Module network_of(const graph::Graph& graph, c10::ScalarType dtype) {
  Module network(graph, 3, c10::kCPU, dtype);
  shake_norms(network);
  return network;
}

/// By libtorch's operators, one by one.
Given by_reference(const graph::Graph& graph, const std::vector<int>& outputs,
                   const at::Tensor& images, const Pass& pass, c10::ScalarType dtype) {
  Module network = network_of(graph, dtype);
  at::Tensor batch = images.to(dtype).detach().clone();
  batch.set_requires_grad(true);
  std::vector<at::Tensor> results(graph.operators.size());
  network.forward(batch, pass, [&](int op, const at::Tensor& result) {
    results[static_cast<size_t>(op)] = result;
  });
  Given given;
  results[0] = batch;
  for (const int output : outputs) given.outputs.push_back(results[static_cast<size_t>(output)]);
  if (!pass.training) return given;
  at::Tensor loss;
  const std::vector<at::Tensor> above = gradients_above(given.outputs);
  for (size_t k = 0; k < above.size(); ++k) {
    if (!above[k].defined()) continue;
    const at::Tensor term = (given.outputs[k] * above[k].to(dtype)).sum();
    loss = loss.defined() ? loss + term : term;
  }
  loss.backward();
  for (const at::Tensor& tensor : network.tensors()) given.gradients.push_back(tensor.grad());
  given.images = batch.grad();
  return given;
}

at::Tensor to_torch(const Tensor& values) {
  std::vector<int64_t> shape = values.shape();
  std::vector<float> copy = values.row_major();
  return at::from_blob(copy.data(), shape, at::TensorOptions(c10::kFloat)).clone();
}

Tensor from_torch(const at::Tensor& values) {
  if (!values.defined()) return {};
  Tensor tensor(values.sizes().vec());
  const at::Tensor plain = values.contiguous();
  tensor.set_row_major({plain.data_ptr<float>(), static_cast<size_t>(plain.numel())});
  return tensor;
}

Given by_executor(const graph::Graph& graph, const fused::ExecutorSettings& settings,
                  const at::Tensor& images, const Pass& pass) {
  Module network = network_of(graph, c10::kFloat);
  std::vector<TensorView> parameters;
  for (const at::Tensor& tensor : network.tensors()) {
    TensorView view;
    view.data = tensor.data_ptr<float>();
    for (int64_t i = 0; i < tensor.dim(); ++i) {
      view.shape[static_cast<size_t>(i)] = tensor.size(i);
      view.strides[static_cast<size_t>(i)] = tensor.stride(i);
    }
    parameters.push_back(view);
  }
  fused::Executor executor(std::make_shared<const graph::Graph>(graph), settings);
  const at::Tensor batch = images.permute({0, 2, 3, 1}).contiguous();
  const fused::Images plain{batch.data_ptr<float>(), batch.size(0), true};
  Given given;
  if (!pass.training) {
    for (const Tensor& output : executor.infer(plain, parameters))
      given.outputs.push_back(to_torch(output));
    return given;
  }
  fused::Executor::Trained trained = executor.train(plain, pass, parameters);
  for (const Tensor& output : trained.outputs) given.outputs.push_back(to_torch(output));
  std::vector<Tensor> above;
  for (const at::Tensor& gradient : gradients_above(given.outputs))
    above.push_back(from_torch(gradient));
  fused::GradientPlaces places;
  for (const at::Tensor& tensor : network.tensors()) {
    given.gradients.push_back(tensor.requires_grad() ? at::zeros_like(tensor) : at::Tensor());
    places.push_back(tensor.requires_grad() ? given.gradients.back().data_ptr<float>() : nullptr);
  }
  const at::Tensor image_gradient = at::zeros_like(batch);
  trained.pass->backward(above, places, image_gradient.data_ptr<float>());
  given.images = image_gradient.permute({0, 3, 1, 2});
  return given;
}

bool may_be_output(const graph::Graph& graph, int op) {
  try {
    plan::make_plan(graph, {.outputs = {op}});
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// All endpoints and logits, and of each kind of operator some.
std::vector<int> some_outputs(const graph::Graph& graph, uint64_t seed) {
  std::set<int> chosen = {graph.logits};
  if (graph.auxiliary_logits >= 0) chosen.insert(graph.auxiliary_logits);
  for (const auto& endpoint : graph.endpoints)
    if (may_be_output(graph, endpoint.second)) chosen.insert(endpoint.second);
  Random random(seed, 0, "outputs");
  std::map<OperatorKind, std::vector<int>> kinds;
  for (int i = 0; i < static_cast<int>(graph.operators.size()); ++i)
    if (may_be_output(graph, i)) kinds[graph.operators[static_cast<size_t>(i)].kind].push_back(i);
  for (const auto& kind : kinds)
    for (int k = 0; k < 4; ++k)
      chosen.insert(kind.second[random.below(static_cast<uint32_t>(kind.second.size()))]);
  return {chosen.begin(), chosen.end()};
}

/// The differences from float64, "" for none. Where libtorch's own float32 is further off, nothing
/// is said.
std::string differences(const graph::Graph& graph, const std::vector<int>& outputs,
                        const at::Tensor& images, const Pass& pass) {
  const Given ours = by_executor(graph, {.threads = 2, .outputs = outputs}, images, pass);
  const Given exact = by_reference(graph, outputs, images, pass, c10::kDouble);
  const Given usual = by_reference(graph, outputs, images, pass, c10::kFloat);
  std::string found;
  const auto expect = [&](const std::string& name, const at::Tensor& a, const at::Tensor& b,
                          const at::Tensor& c, double share, double more) {
    if (!b.defined() && (!a.defined() || a.norm().item<double>() == 0)) return;
    if (a.sizes() != b.sizes()) {
      found += name + ": another shape\n";
      return;
    }
    const double off = distance(a, b), norm = b.norm().item<double>();
    if (!(off <= share * norm + more) && !(off <= distance(c, b)))
      found += name + ": " + std::to_string(off) + " of " + std::to_string(norm) + "\n";
  };
  for (size_t k = 0; k < outputs.size(); ++k)
    expect("output " + std::to_string(outputs[k]), ours.outputs[k], exact.outputs[k],
           usual.outputs[k], 1e-4, 1e-4);
  double largest = 0;
  for (const at::Tensor& gradient : exact.gradients)
    if (gradient.defined()) largest = std::max(largest, gradient.norm().item<double>());
  for (size_t i = 0; i < exact.gradients.size(); ++i)
    expect(graph.parameters[i].name, ours.gradients[i], exact.gradients[i], usual.gradients[i],
           1e-3, 2e-6 * largest);
  if (pass.training) expect("images", ours.images, exact.images, usual.images, 1e-3, 1e-6);
  return found;
}

/// A ReLU's argument may be too near to zero for float32: other images decide whether it was that.
void expect_same(const graph::Graph& graph, const std::vector<int>& outputs, const Pass& pass,
                 int64_t batch = 3) {
  std::string found;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    found = differences(graph, outputs, random_images(batch, graph.settings.input, seed), pass);
    if (found.empty()) return;
  }
  ADD_FAILURE() << found;
}

void expect_same(const graph::Graph& graph, uint64_t seed = 0) {
  expect_same(graph, some_outputs(graph, seed), kTraining);
  expect_same(graph, some_outputs(graph, seed + 1), {});
}

TEST(Outputs, OfNasnetAEqualTheReference) {
  expect_same(graph::build(space::named_genotype("nasnet-a"),
                           {graph::StackKind::kCifar, 1, 8, 10, {16, 16, 3}, true}));
}

TEST(Outputs, OfPnasnetEqualTheReference) {
  expect_same(graph::build(space::named_genotype("pnasnet-5"),
                           {graph::StackKind::kLarge, 1, 8, 5, {33, 32, 3}, true}));
}

TEST(Outputs, OfTheImageNetStemEqualTheReference) {
  expect_same(graph::build(space::named_genotype("nasnet-a"),
                           {graph::StackKind::kMobile, 1, 12, 7, {65, 64, 3}, true}));
}

TEST(Outputs, OfEveryNamedGenotypeEqualTheReference) {
  for (const std::string& name : space::genotype_names()) {
    SCOPED_TRACE(name);
    expect_same(graph::build(space::named_genotype(name),
                             {graph::StackKind::kCifar, 1, 6, 5, {15, 15, 3}, true}),
                2);
  }
}

TEST(Outputs, OfRandomGenotypesEqualTheReference) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(seed);
    const int edge = 9 + static_cast<int>(seed % 9);
    expect_same(graph::build(space::random_genotype(seed), {graph::StackKind::kCifar,
                                                            1,
                                                            4 + static_cast<int>(seed % 13),
                                                            4,
                                                            {edge, edge + 1, 3},
                                                            seed % 3 == 0}),
                seed);
  }
}

/// Features without any logits, as a detector's backbone gives them.
TEST(Outputs, AloneEqualTheReference) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                          {graph::StackKind::kMobile, 1, 12, 7, {65, 64, 3}});
  const std::vector<int> ends = {graph.endpoint("Cell_0"), graph.endpoint("Reduction_Cell_1")};
  expect_same(graph, ends, kTraining);
  expect_same(graph, ends, {});
  expect_same(graph, {0, ends[1]}, kTraining);
}

TEST(Outputs, InBf16AreNear) {
  if (!kernels::can_multiply_bf16()) GTEST_SKIP() << "this processor has no bf16 products";
  for (const char* name : {"nasnet-a", "pnasnet-5", "amoebanet-c"}) {
    SCOPED_TRACE(name);
    const graph::Graph graph = graph::build(
        space::named_genotype(name), {graph::StackKind::kCifar, 1, 8, 10, {16, 16, 3}, true});
    const std::vector<int> outputs = some_outputs(graph, 1);
    const at::Tensor images = random_images(4, {16, 16, 3}, 1);
    const Given ours =
        by_executor(graph, {.bf16 = true, .threads = 2, .outputs = outputs}, images, kTraining);
    const Given exact = by_reference(graph, outputs, images, kTraining, c10::kDouble);
    const auto share = [](const at::Tensor& a, const at::Tensor& b) {
      return distance(a, b) / (b.norm().item<double>() + 1e-3);
    };
    for (size_t k = 0; k < outputs.size(); ++k)
      EXPECT_LT(share(ours.outputs[k], exact.outputs[k]), 0.1) << outputs[k];
    // Decisions of ReLUs and maxima that rounding turns take most of it.
    EXPECT_LT(share(ours.images, exact.images), 0.5);
    EXPECT_GT(share(ours.images, exact.images), 0);
  }
}

}  // namespace
}  // namespace nasnet::libtorch
