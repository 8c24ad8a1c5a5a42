#include "nasnet/libtorch/module.h"

#include "nasnet/kernels/bf16.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/graph/initial_values.h"
#include "nasnet/libtorch/operators.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/search_space.h"

namespace nasnet::libtorch {
namespace {

using graph::Operator;
using graph::OperatorKind;

space::Genotype random_genotype(uint64_t seed) {
  const space::NasnetSpace space;
  Random random(seed, 0, "test genotypes");
  space::Choices choices;
  for (const space::Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  return space.decode(choices);
}

/// Every operator's result has the graph's shape; the tensors have the graph's counts; every
/// trainable tensor gets a finite gradient unless the loss does not reach it.
void expect_runs(const space::Genotype& genotype, const graph::StackSettings& settings) {
  const graph::Graph graph = graph::build(genotype, settings);
  Module network(graph, 3);
  int64_t trainable = 0, statistics = 0;
  for (size_t i = 0; i < graph.parameters.size(); ++i) {
    EXPECT_EQ(network.tensors()[i].sizes().vec(), graph.parameters[i].shape);
    (network.tensors()[i].requires_grad() ? trainable : statistics) += network.tensors()[i].numel();
  }
  const graph::Counts counts = graph::count(graph, true);
  EXPECT_EQ(trainable, counts.parameters);
  EXPECT_EQ(statistics, counts.statistics);

  const graph::Shape& in = settings.input;
  const at::Tensor images = at::arange(3 * in.elements(), at::TensorOptions(c10::kFloat))
                                .reshape({3, in.channels, in.height, in.width})
                                .sin();
  Pass pass;
  pass.training = true;
  pass.progress = 0.5;
  pass.drop_path_keep = 0.6;
  const Observer observe = [&](int op, const at::Tensor& result) {
    const graph::Shape& shape = graph.operators[static_cast<size_t>(op)].output;
    const bool flat =
        graph.operators[static_cast<size_t>(op)].kind == OperatorKind::kLinear || result.dim() == 2;
    if (flat) {
      EXPECT_EQ(result.size(1), shape.channels);
    } else {
      EXPECT_EQ(result.sizes().vec(),
                (std::vector<int64_t>{3, shape.channels, shape.height, shape.width}))
          << op;
    }
  };
  const Outputs outputs = network.forward(images, pass, observe);
  ASSERT_EQ(outputs.logits.sizes().vec(), (std::vector<int64_t>{3, settings.classes}));
  outputs.logits.square().sum().add(outputs.auxiliary_logits.square().sum()).backward();
  for (const at::Tensor& tensor : network.tensors()) {
    if (tensor.grad().defined()) {
      EXPECT_TRUE(std::isfinite(tensor.grad().sum().item<double>()));
    }
  }
  const c10::InferenceMode inference;
  EXPECT_FALSE(network.forward(images).auxiliary_logits.defined());
}

/// oneDNN writes beyond a buffer here (see overruns_in_onednn).
TEST(Operators, GradientOfAStrided1x1ConvolutionWithFewChannels) {
  Operator op{.kind = OperatorKind::kConv};
  op.kernel_height = op.kernel_width = 1;
  op.stride_height = op.stride_width = 2;
  op.same = true;
  op.output = {16, 16, 8};
  const graph::Shape before{32, 32, 8};
  const auto gradient = [&](c10::ScalarType type) {
    const at::Tensor images = at::arange(3 * before.elements(), c10::kDouble)
                                  .reshape({3, 8, 32, 32})
                                  .sin()
                                  .to(type)
                                  .contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor weight = at::ones({8, 8, 1, 1}, type).set_requires_grad(true);
    const at::Tensor result = convolution(images, weight, op, before);
    EXPECT_EQ(result.sizes().vec(), (std::vector<int64_t>{3, 8, 16, 16}));
    result.square().sum().backward();
    return weight.grad().to(c10::kDouble);
  };
  const at::Tensor expected = gradient(c10::kDouble);
  for (int i = 0; i < 100; ++i)
    EXPECT_LT(gradient(c10::kFloat).sub(expected).abs().max().item<double>(), 1e-2);
  EXPECT_GT(expected.abs().max().item<double>(), 1);
}

/// libtorch's operators in bf16 do on the CPU what they do on a GPU.
TEST(Module, InBf16ConvolutionsAreNarrowAndParametersAreNot) {
  const graph::StackSettings settings{graph::StackKind::kCifar, 1, 8, 10, {16, 16, 3}, true};
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"), settings);
  Module network(graph, 3);
  const at::Tensor images =
      at::arange(16 * settings.input.elements(), c10::kFloat).reshape({16, 3, 16, 16}).sin();
  Pass pass;
  pass.training = true;
  pass.progress = 0.5;
  pass.drop_path_keep = 0.6;
  const Outputs exact = network.forward(images, pass);
  EXPECT_EQ(network.precision(), Precision::kFloat32);
  network.set_precision(Precision::kBf16);
  int64_t narrow = 0, wide = 0;
  const Observer observe = [&](int op, const at::Tensor& result) {
    const OperatorKind kind = graph.operators[static_cast<size_t>(op)].kind;
    if (kind == OperatorKind::kConv || kind == OperatorKind::kLinear)
      ++(result.scalar_type() == c10::kBFloat16 ? narrow : wide);
  };
  const Outputs rounded = network.forward(images, pass, observe);
  EXPECT_GT(narrow, 50);
  EXPECT_EQ(wide, 0);
  for (const auto& [a, b] : {std::pair{exact.logits, rounded.logits},
                             std::pair{exact.auxiliary_logits, rounded.auxiliary_logits}}) {
    EXPECT_EQ(b.scalar_type(), c10::kFloat);
    const double scale = a.abs().max().item<double>();
    const double difference = a.sub(b).abs().max().item<double>();
    EXPECT_GT(difference, 0);
    EXPECT_LT(difference, 0.1 * scale);
  }
  rounded.logits.square().sum().backward();
  for (const at::Tensor& tensor : network.tensors()) {
    EXPECT_EQ(tensor.scalar_type(), c10::kFloat);
    if (tensor.grad().defined()) {
      EXPECT_EQ(tensor.grad().scalar_type(), c10::kFloat);
    }
  }
  // Nothing of it stays on.
  network.set_precision(Precision::kFloat32);
  EXPECT_EQ(network.forward(images).logits.scalar_type(), c10::kFloat);
  EXPECT_EQ(at::conv2d(images, at::ones({1, 3, 1, 1})).scalar_type(), c10::kFloat);
}

TEST(Module, EveryNamedGenotypeRunsAsItsGraphSays) {
  for (const std::string& name : space::genotype_names()) {
    SCOPED_TRACE(name);
    expect_runs(space::named_genotype(name),
                {graph::StackKind::kCifar, 1, 4, 5, {32, 32, 3}, true});
    expect_runs(space::named_genotype(name), {graph::StackKind::kCifar, 1, 5, 3, {9, 13, 1}, true});
  }
}

TEST(Module, RandomGenotypesRunAsTheirGraphsSay) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const int edge = 7 + static_cast<int>(seed % 11);
    expect_runs(random_genotype(seed), {graph::StackKind::kCifar,
                                        1 + static_cast<int>(seed % 2),
                                        4,
                                        4,
                                        {edge, edge, static_cast<int>(1 + seed % 4)},
                                        true});
  }
}

TEST(Module, RefusesImagesOfAnotherShape) {
  Module network(graph::build(space::named_genotype("enas"), {graph::StackKind::kCifar, 1, 4, 5}),
                 1);
  EXPECT_THROW(network.forward(at::ones({1, 3, 31, 32})), InputError);
  EXPECT_THROW(network.forward(at::ones({1, 1, 32, 32})), InputError);
}

TEST(Initialize, VarianceScaling) {
  const graph::Parameter conv{"conv", graph::ParameterRole::kConvWeight, {64, 32, 3, 3}};
  const std::vector<float> values = graph::initial_values(conv, 1);
  const double sigma = std::sqrt(2.6 / (9 * 64));
  double squares = 0, largest = 0;
  for (const float v : values) {
    squares += static_cast<double>(v) * v;
    largest = std::max(largest, std::abs(static_cast<double>(v)));
  }
  EXPECT_LE(largest, 2 * sigma * 1.000001);
  // A normal distribution cut at two sigma keeps 0.774 of its variance.
  EXPECT_NEAR(squares / static_cast<double>(values.size()), 0.7737 * sigma * sigma,
              0.03 * sigma * sigma);
  EXPECT_EQ(graph::initial_values(conv, 1), values);
  EXPECT_NE(graph::initial_values(conv, 2), values);
  EXPECT_EQ(graph::initial_values({"g", graph::ParameterRole::kGamma, {3}}, 1),
            (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(graph::initial_values({"b", graph::ParameterRole::kBeta, {2}}, 1),
            (std::vector<float>{0, 0}));
}

TEST(Initialize, FanOutOfEveryKindOfWeight) {
  const auto largest = [](graph::ParameterRole role, std::vector<int64_t> shape) {
    double found = 0;
    for (const float v : graph::initial_values({"w", role, std::move(shape)}, 1))
      found = std::max(found, std::abs(static_cast<double>(v)));
    return found;
  };
  // Many draws come close to the cut at two sigma, and none is beyond.
  const auto expect = [](double found, double sigma) {
    EXPECT_LE(found, 2 * sigma * 1.000001);
    EXPECT_GT(found, 1.95 * sigma);
  };
  using graph::ParameterRole;
  expect(largest(ParameterRole::kConvWeight, {48, 64, 1, 7}), std::sqrt(2.6 / (7 * 48)));
  expect(largest(ParameterRole::kConvWeight, {64, 128, 1, 1}), std::sqrt(2.6 / 64));
  expect(largest(ParameterRole::kDepthwiseWeight, {256, 1, 5, 5}), std::sqrt(2.6 / 25));
  expect(largest(ParameterRole::kLinearWeight, {10, 768}), std::sqrt(2.6 / 10));
}

TEST(DropPath, PublishedSchedule) {
  const auto graph_of = [](graph::StackKind stack) {
    return graph::build(space::named_genotype("nasnet-a"), graph::stack_settings(stack));
  };
  const graph::Graph cifar = graph_of(graph::StackKind::kCifar),
                     large = graph_of(graph::StackKind::kLarge);
  EXPECT_EQ(cifar.total_cells, 20);
  EXPECT_EQ(large.total_cells, 22);
  EXPECT_EQ(graph_of(graph::StackKind::kMobile).total_cells, 16);
  const auto expect = [](const graph::Graph& graph, double keep, int cell, double quarter,
                         double half, double all, double digits) {
    const auto at = [&](double progress) {
      return graph::drop_path_keep(graph, cell, {.progress = progress, .drop_path_keep = keep});
    };
    EXPECT_EQ(at(0), 1);
    EXPECT_NEAR(at(0.25), quarter, digits);
    EXPECT_NEAR(at(0.5), half, digits);
    EXPECT_NEAR(at(1), all, digits);
    EXPECT_EQ(graph::drop_path_keep(graph, cell, {.progress = 1}), 1)
        << "none unless it is asked for";
  };
  expect(cifar, 0.6, 0, 0.995, 0.99, 0.98, 1e-12);
  expect(cifar, 0.6, 6, 0.965, 0.93, 0.86, 1e-12);
  expect(cifar, 0.6, 13, 0.93, 0.86, 0.72, 1e-12);
  expect(cifar, 0.6, 19, 0.90, 0.80, 0.60, 1e-12);
  // The table has six digits of these.
  expect(large, 0.7, 0, 0.996591, 0.993182, 0.986364, 5e-7);
  expect(large, 0.7, 8, 0.969318, 0.938636, 0.877273, 5e-7);
  expect(large, 0.7, 21, 0.925, 0.85, 0.70, 1e-12);
}

TEST(BatchNorm, RunningStatisticsSoonLeaveTheirStart) {
  const graph::Graph cifar =
      graph::build(space::named_genotype("enas"), {graph::StackKind::kCifar, 1, 4, 5});
  EXPECT_EQ(graph::batch_norm_keep(cifar, 0), 0.9);
  EXPECT_EQ(graph::batch_norm_keep(cifar, 1'000'000), 0.9);
  const graph::Graph mobile = graph::build(space::named_genotype("enas"),
                                           {graph::StackKind::kMobile, 1, 8, 5, {64, 64, 3}});
  EXPECT_EQ(graph::batch_norm_keep(mobile, 0), 0.9);
  EXPECT_DOUBLE_EQ(graph::batch_norm_keep(mobile, 890), 0.99);
  EXPECT_EQ(graph::batch_norm_keep(mobile, 30'000), 0.9997);
}

// --- Padding and pooling as TensorFlow does it, exact ---

at::Tensor ramp(int edge, double sign) {
  return at::arange(1, edge * edge + 1, at::TensorOptions(c10::kDouble))
      .mul(sign)
      .reshape({1, 1, edge, edge});
}

std::vector<double> flat(const at::Tensor& x) {
  const at::Tensor values = x.contiguous().flatten();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

Operator window(OperatorKind kind, int kernel, int stride, int edge) {
  Operator op{.kind = kind, .inputs = {0}, .output = {}};
  op.kernel_height = op.kernel_width = kernel;
  op.stride_height = op.stride_width = stride;
  op.output = {(edge + stride - 1) / stride, (edge + stride - 1) / stride, 1};
  return op;
}

using Values = std::vector<double>;

TEST(Operators, AveragePoolLeavesThePaddingOut) {
  const auto pool = [](int edge, int stride) {
    return flat(average_pool(ramp(edge, 1), window(OperatorKind::kAvgPool, 3, stride, edge),
                             {edge, edge, 1}));
  };
  EXPECT_EQ(pool(4, 2), (Values{6, 7.5, 12, 13.5}));
  EXPECT_EQ(pool(5, 2), (Values{4, 5.5, 7, 11.5, 13, 14.5, 19, 20.5, 22}));
  EXPECT_EQ(pool(4, 1),
            (Values{3.5, 4, 5, 5.5, 5.5, 6, 7, 7.5, 9.5, 10, 11, 11.5, 11.5, 12, 13, 13.5}));
}

TEST(Operators, MaxPoolPadsWithNothing) {
  const auto pool = [](int edge) {
    return flat(
        max_pool(ramp(edge, -1), window(OperatorKind::kMaxPool, 3, 2, edge), {edge, edge, 1}));
  };
  EXPECT_EQ(pool(4), (Values{-1, -3, -9, -11}));
  EXPECT_EQ(pool(5), (Values{-1, -2, -4, -6, -7, -9, -16, -17, -19}));
  // Even windows at stride 1 pad at the end only.
  EXPECT_EQ(flat(max_pool(ramp(2, -1), window(OperatorKind::kMaxPool, 2, 1, 2), {2, 2, 1})),
            (Values{-1, -2, -3, -4}));
}

TEST(Operators, ConvolutionPadsAtTheEnd) {
  const auto conv = [](int kernel, int edge) {
    return flat(convolution(ramp(edge, 1), at::ones({1, 1, kernel, kernel}, c10::kDouble),
                            window(OperatorKind::kConv, kernel, 2, edge), {edge, edge, 1}));
  };
  EXPECT_EQ(conv(3, 4), (Values{54, 45, 72, 54}));
  EXPECT_EQ(conv(3, 5), (Values{16, 33, 28, 69, 117, 87, 76, 123, 88}));
  EXPECT_EQ(conv(5, 4), (Values{136, 108, 126, 99}));
  EXPECT_EQ(conv(5, 5), (Values{63, 120, 81, 180, 325, 210, 153, 270, 171}));
  EXPECT_EQ(conv(7, 4), (Values{136, 136, 136, 136}));
  EXPECT_EQ(conv(7, 5), (Values{160, 210, 176, 250, 325, 270, 240, 310, 256}));
}

TEST(Operators, FactorizedReductionSamplesBothParities) {
  EXPECT_EQ(flat(subsample(ramp(4, 1), 0)), (Values{1, 3, 9, 11}));
  EXPECT_EQ(flat(subsample(ramp(4, 1), 1)), (Values{6, 8, 14, 16}));
  EXPECT_EQ(flat(subsample(ramp(5, 1), 0)), (Values{1, 3, 5, 11, 13, 15, 21, 23, 25}));
  EXPECT_EQ(flat(subsample(ramp(5, 1), 1)), (Values{7, 9, 0, 17, 19, 0, 0, 0, 0}));
}

TEST(Operators, DropPathKeepsItsMean) {
  const at::Tensor ones = at::ones({4000, 2, 1, 1});
  const at::Tensor dropped = drop_path(ones, 0.6, 1, 2, 3);
  EXPECT_NEAR(dropped.mean().item<double>(), 1.0, 0.04);
  EXPECT_TRUE(dropped.select(1, 0).equal(dropped.select(1, 1))) << "one draw an image";
  EXPECT_NEAR(dropped.max().item<double>(), 1 / 0.6, 1e-6);
  EXPECT_TRUE(dropped.equal(drop_path(ones, 0.6, 1, 2, 3)));
  EXPECT_FALSE(dropped.equal(drop_path(ones, 0.6, 1, 3, 3)));
  EXPECT_FALSE(dropped.equal(drop_path(ones, 0.6, 1, 2, 4)));
}

}  // namespace
}  // namespace nasnet::libtorch
