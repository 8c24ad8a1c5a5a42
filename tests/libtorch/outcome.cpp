#include "tests/libtorch/outcome.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "nasnet/base/random.h"

namespace nasnet::libtorch {

at::Tensor random_images(int64_t count, const graph::Shape& shape, uint64_t seed) {
  Random random(seed, 0, "images");
  std::vector<float> values(static_cast<size_t>(count * shape.elements()));
  for (float& value : values) value = static_cast<float>(random.normal());
  return at::from_blob(values.data(), {count, shape.channels, shape.height, shape.width},
                       at::TensorOptions(c10::kFloat))
      .clone();
}

Outcome train_once(Module& network, const at::Tensor& images, double progress) {
  Pass pass;
  pass.training = true;
  pass.progress = progress;
  pass.drop_path_keep = 0.6;
  pass.seed = 5;
  pass.step = 7;
  const Outputs outputs = network.forward(images, pass);
  std::vector<int64_t> labels;
  for (int64_t n = 0; n < images.size(0); ++n)
    labels.push_back(n % network.graph().settings.classes);
  const at::Tensor target = at::tensor(labels, c10::kLong);
  at::Tensor loss = at::cross_entropy_loss(outputs.logits, target);
  if (outputs.auxiliary_logits.defined())
    loss = loss + 0.4 * at::cross_entropy_loss(outputs.auxiliary_logits, target);
  loss.backward();
  Outcome outcome{outputs.logits.detach(), outputs.auxiliary_logits, {}, {}};
  for (size_t i = 0; i < network.tensors().size(); ++i) {
    at::Tensor& tensor = network.tensors()[i];
    if (network.graph().parameters[i].trainable()) {
      outcome.gradients.push_back(tensor.grad().defined() ? tensor.grad().clone() : at::Tensor());
      tensor.mutable_grad().reset();
    } else {
      outcome.statistics.push_back(tensor.clone());
    }
  }
  return outcome;
}

void shake_norms(Module& network) {
  const at::NoGradGuard no_gradients;
  Random random(1, 0, "norms");
  for (size_t i = 0; i < network.tensors().size(); ++i) {
    const graph::ParameterRole role = network.graph().parameters[i].role;
    const bool gain = role == graph::ParameterRole::kGamma;
    if (!gain && role != graph::ParameterRole::kBeta) continue;
    at::Tensor& tensor = network.tensors()[i];
    for (int64_t c = 0; c < tensor.numel(); ++c)
      tensor[c] =
          gain ? (random.below(4) == 0 ? -1 : 1) * (0.5 + random.uniform()) : 0.3 * random.normal();
  }
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(c10::kDouble) - b.to(c10::kDouble)).norm().item<double>();
}

std::string differences(const graph::Graph& graph, const at::Tensor& images, double progress) {
  Module fused(graph, 3), exact(graph, 3, c10::kCPU, c10::kDouble), plain(graph, 3);
  fused.set_kernels(Kernels::kFused);
  plain.set_kernels(Kernels::kReference);
  for (Module* network : {&fused, &exact, &plain}) shake_norms(*network);
  const Outcome ours = train_once(fused, images, progress);
  const Outcome theirs = train_once(exact, images, progress);
  const Outcome usual = train_once(plain, images, progress);
  std::string found;
  const auto expect = [&](const std::string& what, const at::Tensor& a, const at::Tensor& b,
                          const at::Tensor& c, double share, double more) {
    const double off = a.defined() && b.defined() ? distance(a, b) : 1e30;
    const double norm = b.defined() ? b.norm().item<double>() : 0;
    if (!(off <= share * norm + more) && !(c.defined() && b.defined() && off <= distance(c, b)))
      found += what + ": " + std::to_string(off) + " of " + std::to_string(norm) + "\n";
  };
  expect("logits", ours.logits, theirs.logits, usual.logits, 1e-4, 1e-4);
  double largest = 0;
  for (const at::Tensor& gradient : theirs.gradients)
    if (gradient.defined()) largest = std::max(largest, gradient.norm().item<double>());
  size_t k = 0;
  for (const graph::Parameter& parameter : graph.parameters) {
    if (!parameter.trainable()) continue;
    const at::Tensor& own = ours.gradients[k];
    const at::Tensor& other = theirs.gradients[k];
    const at::Tensor& plain_one = usual.gradients[k++];
    // A parameter that the loss does not reach. Sums of gradients that cancel are small beside
    // their terms.
    if (!other.defined() && (!own.defined() || own.norm().item<double>() == 0)) continue;
    expect(parameter.name, own, other, plain_one, 1e-3, 2e-6 * largest);
  }
  for (size_t i = 0; i < ours.statistics.size(); ++i)
    expect("running statistics", ours.statistics[i], theirs.statistics[i], usual.statistics[i],
           1e-5, 1e-5);
  const c10::InferenceMode inference;
  expect("inference", fused.forward(images).logits, exact.forward(images).logits,
         plain.forward(images).logits, 1e-4, 1e-4);
  return found;
}

void expect_same(const graph::Graph& graph, int64_t batch, double progress) {
  std::string found;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    found = differences(graph, random_images(batch, graph.settings.input, seed), progress);
    if (found.empty()) return;
  }
  ADD_FAILURE() << found;
}

}  // namespace nasnet::libtorch
