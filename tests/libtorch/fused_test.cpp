#include "nasnet/fused/executor.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nasnet/graph/build.h"
#include "nasnet/graph/cut.h"
#include "nasnet/graph/nasbench201.h"
#include "nasnet/libtorch/module.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/nasbench201.h"
#include "tests/libtorch/golden.h"
#include "tests/libtorch/outcome.h"
#include "tests/space/random_genotype.h"

namespace nasnet::libtorch {
namespace {

using graph::Shape;

void expect_same(const space::Genotype& genotype, const graph::StackSettings& settings,
                 int64_t batch = 3, double progress = 0) {
  libtorch::expect_same(graph::build(genotype, settings), batch, progress);
}

TEST(Fused, NasnetAEqualsTheReference) {
  expect_same(space::named_genotype("nasnet-a"),
              {graph::StackKind::kCifar, 1, 8, 10, {32, 32, 3}, true});
  expect_same(space::named_genotype("nasnet-a"),
              {graph::StackKind::kCifar, 2, 16, 10, {16, 16, 3}, false}, 5);
  expect_same(space::named_genotype("nasnet-a"),
              {graph::StackKind::kMobile, 1, 12, 7, {65, 64, 3}, true}, 2);
}

TEST(Fused, EveryNamedGenotypeEqualsTheReference) {
  for (const std::string& name : space::genotype_names()) {
    SCOPED_TRACE(name);
    expect_same(space::named_genotype(name),
                {graph::StackKind::kCifar, 1, 6, 5, {15, 15, 3}, true});
  }
}

TEST(Fused, EveryOperationEqualsTheReference) {
  for (int i = 0; i < space::kOperationCount; ++i) {
    const auto operation = static_cast<space::Operation>(i);
    SCOPED_TRACE(space::name(operation));
    expect_same(space::genotype_with(operation, static_cast<uint64_t>(i)),
                {graph::StackKind::kCifar, 1, 6, 5, {15, 16, 3}, i % 2 == 0});
  }
}

TEST(Fused, RandomGenotypesEqualTheReference) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    const int edge = 9 + static_cast<int>(seed % 9);
    expect_same(space::random_genotype(seed),
                {graph::StackKind::kCifar,
                 1 + static_cast<int>(seed % 2),
                 4 + static_cast<int>(seed % 5),
                 4,
                 {edge, edge + 1, static_cast<int>(1 + seed % 4)},
                 seed % 3 == 0},
                4);
  }
}

/// With four to seven filters a factorized reduction of a stem cell is of one.
TEST(Fused, NarrowStemCellsEqualTheReference) {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    SCOPED_TRACE(seed);
    space::Genotype genotype = space::random_genotype(seed);
    std::vector<int>& outputs = genotype.reduction.outputs;
    outputs.insert(outputs.begin(), {0, 1});
    std::sort(outputs.begin(), outputs.end());
    outputs.erase(std::unique(outputs.begin(), outputs.end()), outputs.end());
    expect_same(genotype, {graph::StackKind::kMobile,
                           1,
                           4 + static_cast<int>(seed % 4),
                           4,
                           {64, 65, 3},
                           seed % 2 == 0});
  }
}

/// Norms of sums, convolutions without a norm, zeros, parts without effect.
TEST(Fused, CellsOfNasbench201EqualTheReference) {
  for (int number = 0; number < space::Nasbench201Space::kCells; number += 521) {
    SCOPED_TRACE(number);
    space::Choices choices;
    for (int rest = number; choices.size() < 6; rest /= 5) choices.push_back(rest % 5);
    const graph::Graph graph = graph::build_nasbench201(
        choices, {.cells = 1, .filters = 6, .classes = 4, .input = {12, 16, 3}});
    // The reference computes parts without effect, too.
    libtorch::expect_same(graph::cut(graph, {graph.logits}).graph, 3, 0);
  }
}

TEST(Fused, PoolingOfThePortsEqualsTheReference) {
  for (const graph::Pooling pooling : {graph::Pooling::kKeras, graph::Pooling::kTimm}) {
    graph::StackSettings settings = {graph::StackKind::kCifar, 1, 8, 10, {15, 16, 3}};
    settings.pooling = pooling;
    expect_same(space::named_genotype("nasnet-a"), settings);
  }
}

TEST(Fused, DropPathAndDropoutDropTheSame) {
  expect_same(space::named_genotype("nasnet-a"), {graph::StackKind::kCifar, 1, 8, 10, {16, 16, 3}},
              6, 0.9);
  expect_same(space::named_genotype("nasnet-a"), {graph::StackKind::kLarge, 1, 8, 10, {64, 64, 3}},
              3, 0.9);
  expect_same(space::named_genotype("nasnet-c"), {graph::StackKind::kCifar, 1, 8, 10, {16, 16, 3}},
              6, 0.9);
}

TEST(Fused, ThreadsDoNotChangeABit) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                          {graph::StackKind::kCifar, 1, 8, 10, {16, 16, 3}, true});
  const at::Tensor images = random_images(11, {16, 16, 3}, 2);
  std::vector<Outcome> outcomes;
  const int before = at::get_num_threads();
  for (const int threads : {1, 2, 3, 1}) {
    at::set_num_threads(threads);
    Module network(graph, 3);
    network.set_kernels(Kernels::kFused);
    outcomes.push_back(train_once(network, images));
  }
  at::set_num_threads(before);
  for (size_t i = 1; i < outcomes.size(); ++i) {
    EXPECT_TRUE(outcomes[i].logits.equal(outcomes[0].logits));
    for (size_t k = 0; k < outcomes[0].gradients.size(); ++k)
      EXPECT_TRUE(outcomes[i].gradients[k].equal(outcomes[0].gradients[k])) << k;
  }
}

/// Two passes without a backward in between, other batch sizes, inference between: nothing of one
/// leaks into the next.
TEST(Fused, PassesDoNotDisturbEachOther) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                          {graph::StackKind::kCifar, 1, 8, 10, {16, 16, 3}, true});
  Module fresh(graph, 3), used(graph, 3);
  fresh.set_kernels(Kernels::kFused);
  used.set_kernels(Kernels::kFused);
  {
    const c10::InferenceMode inference;
    used.forward(random_images(9, {16, 16, 3}, 5));
    used.forward(random_images(2, {16, 16, 3}, 6));
  }
  const at::Tensor images = random_images(4, {16, 16, 3}, 7);
  const Outcome a = train_once(fresh, images), b = train_once(used, images);
  EXPECT_TRUE(a.logits.equal(b.logits));
  for (size_t k = 0; k < a.gradients.size(); ++k) EXPECT_TRUE(a.gradients[k].equal(b.gradients[k]));
}

/// Memory for gradients is used again once they are let go, and not before.
TEST(Fused, GradientsThatAreHeldStayAsTheyAre) {
  Module network(graph::build(space::named_genotype("nasnet-a"),
                              {graph::StackKind::kCifar, 1, 4, 10, {16, 16, 3}}),
                 3);
  network.set_kernels(Kernels::kFused);
  const auto train = [&](uint64_t seed) {
    Pass pass;
    pass.training = true;
    network.forward(random_images(2, {16, 16, 3}, seed), pass).logits.square().sum().backward();
    std::vector<at::Tensor> gradients;
    for (at::Tensor& tensor : network.tensors())
      if (tensor.requires_grad()) gradients.push_back(tensor.grad());
    return gradients;
  };
  const auto let_go = [&] {
    for (at::Tensor& tensor : network.tensors()) tensor.mutable_grad().reset();
  };
  const std::vector<at::Tensor> held = train(1);
  std::vector<at::Tensor> copies;
  for (const at::Tensor& gradient : held) copies.push_back(gradient.clone());
  let_go();
  const std::vector<at::Tensor> other = train(2);
  let_go();
  const std::vector<at::Tensor> again = train(1);
  for (size_t k = 0; k < held.size(); ++k) {
    EXPECT_TRUE(held[k].equal(copies[k]));
    EXPECT_FALSE(other[k].equal(copies[k]));
    EXPECT_TRUE(again[k].equal(copies[k]));
  }
}

struct GoldenGradient {
  const char* name;
  double norm, first;
};

/// A golden training step of an independent implementation, in float32.
TEST(Fused, GoldenTrainingStep) {
  Module network(graph::build(space::named_genotype("nasnet-a"),
                              {graph::StackKind::kCifar, 1, 8, 10, {32, 32, 3}, true}),
                 1);
  fill_golden(network);
  network.set_kernels(Kernels::kFused);
  const at::Tensor images = golden_images(4, {32, 32, 3}).to(c10::kFloat);
  const at::Tensor labels = at::tensor({3, 1, 4, 1}, c10::kLong);
  Pass pass;
  pass.training = true;
  const Outputs outputs = network.forward(images, pass);
  const at::Tensor main = at::cross_entropy_loss(outputs.logits, labels);
  const at::Tensor auxiliary = at::cross_entropy_loss(outputs.auxiliary_logits, labels);
  EXPECT_NEAR(main.item<double>(), 2.354242115357, 2e-6);
  EXPECT_NEAR(auxiliary.item<double>(), 2.674013062344, 2e-6);
  (main + 0.4 * auxiliary).backward();
  const GoldenGradient gradients[] = {
      {"l1_stem_3x3/weights", 3.276843598, -7.087268492e-2},
      {"l1_stem_bn/gamma", 3.730663817e-1, 6.241689502e-2},
      {"cell_0/comb_iter_0/left/separable_5x5_1/depthwise_weights", 8.469539885e-1, 1.386362917e-1},
      {"cell_0/comb_iter_3/left/1x1/weights", 4.419346440e-1, -1.929111012e-2},
      {"cell_0/cell_output/reduction_1/path_conv/weights", 5.996088263e-1, -6.438134554e-3},
      {"reduction_cell_0/comb_iter_1/right/separable_7x7_1/depthwise_weights", 1.215490603,
       7.951965103e-2},
      {"cell_1/path2_conv/weights", 1.080039907, -8.343382520e-2},
      {"cell_1/final_path_bn/gamma", 1.918096504e-1, -5.483647080e-2},
      {"cell_2/beginning_bn/beta", 1.406501803e-1, -1.881384188e-2},
      {"aux_1/aux_logits/Conv/weights", 8.527247752, 6.160005073e-3},
      {"final_layer/FC/weights", 4.091749230, 7.264546493e-2},
      {"final_layer/FC/biases", 5.597343312e-1, 1.425058096e-1}};
  double squares = 0;
  for (size_t i = 0; i < network.tensors().size(); ++i) {
    if (!network.graph().parameters[i].trainable()) continue;
    const at::Tensor gradient = network.tensors()[i].grad();
    ASSERT_TRUE(gradient.defined());
    squares += gradient.to(c10::kDouble).square().sum().item<double>();
    for (const GoldenGradient& expected : gradients) {
      if (network.graph().parameters[i].name != expected.name) continue;
      SCOPED_TRACE(expected.name);
      EXPECT_NEAR(gradient.norm().item<double>(), expected.norm, expected.norm * 1e-4);
      EXPECT_NEAR(gradient.flatten()[0].item<double>(), expected.first, expected.norm * 1e-4);
    }
  }
  EXPECT_NEAR(std::sqrt(squares), 12.596146454744, 1e-4);
}

}  // namespace
}  // namespace nasnet::libtorch
