// A network with what is not a number in it answers with either executor as libtorch does.

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>
#include <gtest/gtest.h>

#include <limits>

#include "nasnet/graph/build.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/libtorch/module.h"
#include "nasnet/space/genotypes.h"
#include "tests/libtorch/golden.h"
#include "tests/libtorch/outcome.h"

namespace nasnet::libtorch {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

graph::Graph some_graph(const char* genotype) {
  return graph::build(space::named_genotype(genotype),
                      {graph::StackKind::kCifar, 1, 6, 5, {15, 16, 3}});
}

Module make(const graph::Graph& graph, Kernels kernels) {
  Module network(graph, 3);
  fill_golden(network);
  network.set_kernels(kernels);
  return network;
}

/// A view of the tensor's first number; flatten() would be a copy of most weights.
at::Tensor first_number(at::Tensor tensor) {
  tensor = tensor.detach();
  while (tensor.dim() > 0) tensor = tensor.select(0, 0);
  return tensor;
}

/// Sets the first number of a parameter as long as it lives.
class Changed {
 public:
  Changed(Module& network, size_t parameter, float value)
      : first_(first_number(network.tensors()[parameter])), before_(first_.item<float>()) {
    first_.fill_(value);
  }
  ~Changed() { first_.fill_(before_); }
  Changed(const Changed&) = delete;

 private:
  at::Tensor first_;
  float before_;
};

/// Of each logit: is it a number?
std::vector<bool> numbers(const at::Tensor& logits) {
  const at::Tensor finite = at::isfinite(logits).contiguous();
  const bool* first = finite.data_ptr<bool>();
  return std::vector<bool>(first, first + finite.numel());
}

/// Of each parameter in turn, each step-th, the first number is set to the value.
void expect_same_numbers(const graph::Graph& graph, float value, size_t step,
                         Precision precision = Precision::kFloat32) {
  Module fused = make(graph, Kernels::kFused), reference = make(graph, Kernels::kReference);
  fused.set_precision(precision);
  const c10::InferenceMode inference;
  const at::Tensor images = random_images(2, {15, 16, 3}, 5);
  for (size_t i = 0; i < graph.parameters.size(); i += step) {
    const Changed one(fused, i, value), other(reference, i, value);
    EXPECT_EQ(numbers(fused.forward(images).logits), numbers(reference.forward(images).logits))
        << graph.parameters[i].name;
  }
}

TEST(SpecialNetworks, NanInAnyParameterComesOutAsInTheReference) {
  expect_same_numbers(some_graph("nasnet-a"), kNan, 3);
  for (const char* genotype : {"nasnet-b", "nasnet-c", "pnasnet-5", "amoebanet-a"}) {
    SCOPED_TRACE(genotype);
    expect_same_numbers(some_graph(genotype), kNan, 17);
  }
}

TEST(SpecialNetworks, AVarianceBelowZeroIsNotANumber) {
  const graph::Graph graph = some_graph("nasnet-a");
  Module fused = make(graph, Kernels::kFused), reference = make(graph, Kernels::kReference);
  const c10::InferenceMode inference;
  const at::Tensor images = random_images(2, {15, 16, 3}, 5);
  for (size_t i = 0; i < graph.parameters.size(); ++i) {
    if (!graph.parameters[i].name.ends_with("moving_variance")) continue;
    const Changed one(fused, i, -1), other(reference, i, -1);
    const std::vector<bool> expected = numbers(reference.forward(images).logits);
    EXPECT_EQ(numbers(fused.forward(images).logits), expected) << graph.parameters[i].name;
    EXPECT_EQ(expected, std::vector<bool>(expected.size(), false)) << graph.parameters[i].name;
  }
}

TEST(SpecialNetworks, ANanInAnImageIsInItsLogitsAlone) {
  const c10::InferenceMode inference;
  at::Tensor images = random_images(2, {15, 16, 3}, 5).clone();
  images[1][0][0][7].fill_(kNan);
  for (const char* genotype : {"nasnet-a", "nasnet-b", "nasnet-c"}) {
    const graph::Graph graph = some_graph(genotype);
    for (const Kernels kernels : {Kernels::kFused, Kernels::kReference}) {
      const std::vector<bool> found = numbers(make(graph, kernels).forward(images).logits);
      EXPECT_EQ(found, std::vector<bool>(
                           {true, true, true, true, true, false, false, false, false, false}))
          << genotype;
    }
  }
}

/// In training, forward and back: what is a number, and what is none, in every gradient.
TEST(SpecialNetworks, TrainingPassesNanAsTheReferenceDoes) {
  const graph::Graph graph = some_graph("nasnet-a");
  at::Tensor images = random_images(3, {15, 16, 3}, 5).clone();
  images[1][0][0][7].fill_(kNan);
  Module fused(graph, 3), reference(graph, 3);
  fused.set_kernels(Kernels::kFused);
  reference.set_kernels(Kernels::kReference);
  const Outcome ours = train_once(fused, images), theirs = train_once(reference, images);
  EXPECT_EQ(numbers(ours.logits), numbers(theirs.logits));
  ASSERT_EQ(ours.gradients.size(), theirs.gradients.size());
  for (size_t k = 0; k < ours.gradients.size(); ++k)
    EXPECT_EQ(numbers(ours.gradients[k]), numbers(theirs.gradients[k])) << k;
}

TEST(SpecialNetworks, InfinityIsNotTakenForANumber) {
  expect_same_numbers(some_graph("nasnet-a"), kInfinity, 11);
}

TEST(SpecialNetworks, Bf16KeepsNan) {
  if (!kernels::can_multiply_bf16()) GTEST_SKIP() << "this processor has no bf16 products";
  expect_same_numbers(some_graph("nasnet-a"), kNan, 13, Precision::kBf16);
}

}  // namespace
}  // namespace nasnet::libtorch
