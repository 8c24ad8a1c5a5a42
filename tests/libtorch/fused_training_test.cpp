// Trainings of some steps on the fused kernels: float32 beside libtorch's, bf16 beside float32.

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>

#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/libtorch/module.h"
#include "nasnet/libtorch/operators.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::libtorch {
namespace {

constexpr int kImages = 16, kClasses = 4;
const graph::StackSettings kSettings = {graph::StackKind::kCifar, 1, 8, kClasses, {16, 16, 3}};

/// Images whose class can be seen: noise about a wave of the class's own.
at::Tensor seen_images(uint64_t seed, float offset = 0) {
  Random random(seed, 0, "training images");
  std::vector<float> values;
  for (int n = 0; n < kImages; ++n)
    for (int i = 0; i < 3 * 16 * 16; ++i)
      values.push_back(offset + static_cast<float>(0.5 * random.normal()) +
                       std::sin(0.3f * static_cast<float>((i % 16) * (n % kClasses + 1))));
  return at::from_blob(values.data(), {kImages, 3, 16, 16}, at::TensorOptions(c10::kFloat)).clone();
}

at::Tensor seen_labels() {
  std::vector<int64_t> labels;
  for (int n = 0; n < kImages; ++n) labels.push_back(n % kClasses);
  return at::tensor(labels, c10::kLong);
}

using Forward = std::function<at::Tensor(Module&, const at::Tensor& images, const Pass&)>;

at::Tensor usual_logits(Module& network, const at::Tensor& images, const Pass& pass) {
  return network.forward(images, pass).logits;
}

/// The logits from libtorch's operators on N x C x H x W in memory, where Module has channels
/// last: the same sums in another order. Only what the graphs of these tests have.
at::Tensor contiguous_logits(Module& network, const at::Tensor& images, const Pass& pass) {
  const graph::Graph& graph = network.graph();
  std::vector<at::Tensor> results = {images.contiguous()};
  for (size_t i = 1; i < graph.operators.size(); ++i) {
    const graph::Operator& op = graph.operators[i];
    const auto input = [&](size_t k) { return results[static_cast<size_t>(op.inputs[k])]; };
    const auto tensor = [&](int k) {
      return network.tensors()[static_cast<size_t>(op.first_parameter + k)];
    };
    const graph::Shape& before = graph.operators[static_cast<size_t>(op.inputs[0])].output;
    const at::Tensor x = input(0);
    switch (op.kind) {
      case graph::OperatorKind::kRelu:
        results.push_back(at::relu(x));
        break;
      case graph::OperatorKind::kConv:
      case graph::OperatorKind::kDepthwiseConv:
        results.push_back(convolution(x, tensor(0).contiguous(), op, before));
        break;
      case graph::OperatorKind::kBatchNorm:
        results.push_back(at::batch_norm(x, tensor(0), tensor(1), tensor(2), tensor(3), true,
                                         1 - graph::batch_norm_keep(graph, pass.step),
                                         graph.recipe.batch_norm_epsilon, true));
        break;
      case graph::OperatorKind::kAvgPool:
        results.push_back(average_pool(x, op, before));
        break;
      case graph::OperatorKind::kMaxPool:
        results.push_back(max_pool(x, op, before));
        break;
      case graph::OperatorKind::kSubsample:
        results.push_back(subsample(x, op.offset));
        break;
      case graph::OperatorKind::kAdd:
        results.push_back(x + input(1));
        break;
      case graph::OperatorKind::kConcat: {
        std::vector<at::Tensor> parts;
        for (size_t k = 0; k < op.inputs.size(); ++k) parts.push_back(input(k));
        results.push_back(at::cat(parts, 1));
        break;
      }
      case graph::OperatorKind::kGlobalPool:
        results.push_back(at::mean(x, {2, 3}));
        break;
      case graph::OperatorKind::kLinear:
        results.push_back(at::linear(x, tensor(0), tensor(1)));
        break;
      case graph::OperatorKind::kDropPath:  // keeps all: progress is 0
        results.push_back(x);
        break;
      default:
        throw std::logic_error("an operator that these graphs do not have");
    }
    const at::Tensor& last = results.back();
    EXPECT_TRUE(last.dim() != 4 || last.size(2) == 1 || last.is_contiguous() ||
                op.kind == graph::OperatorKind::kSubsample);
  }
  return results[static_cast<size_t>(graph.logits)];
}

/// Losses of `steps` steps of plain gradient descent, each on other images.
std::vector<double> losses(Module& network, int steps, const Forward& forward = usual_logits) {
  std::vector<double> result;
  for (int step = 0; step < steps; ++step) {
    Pass pass;
    pass.training = true;
    pass.step = step;
    const at::Tensor logits = forward(network, seen_images(static_cast<uint64_t>(step)), pass);
    const at::Tensor loss = at::cross_entropy_loss(logits, seen_labels());
    loss.backward();
    result.push_back(loss.item<double>());
    const at::NoGradGuard no_gradients;
    for (at::Tensor& tensor : network.tensors())
      if (tensor.grad().defined()) {
        tensor.sub_(tensor.grad(), 0.05);
        tensor.mutable_grad().reset();
      }
  }
  return result;
}

/// Of the losses, on the mean: single ones jump once they are small.
double apart(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

/// Rounding grows from step to step on any path. From the exact losses, those of float64, the fused
/// path strays as far as libtorch's float32 does, and from those in one order of libtorch's
/// memory as far as the other order's do: what is allowed is what the reference itself spreads by.
void expect_fifty_losses_like_the_references(const graph::Graph& graph) {
  Module exact(graph, 3, c10::kCPU, c10::kDouble), plain(graph, 3), other(graph, 3),
      fused(graph, 3);
  plain.set_kernels(Kernels::kReference);
  fused.set_kernels(Kernels::kFused);
  const std::vector<double> wanted = losses(exact, 50);
  const std::vector<double> last = losses(plain, 50),
                            contiguous = losses(other, 50, contiguous_logits),
                            ours = losses(fused, 50);
  const double usual = std::max(apart(last, wanted), apart(contiguous, wanted)),
               spread = apart(last, contiguous);
  testing::Test::RecordProperty("reference_from_exact", std::to_string(usual));
  testing::Test::RecordProperty("reference_spread", std::to_string(spread));
  testing::Test::RecordProperty("fused_from_exact", std::to_string(apart(ours, wanted)));
  testing::Test::RecordProperty("fused_from_reference", std::to_string(apart(ours, last)));
  EXPECT_GT(spread, 1e-6);
  EXPECT_LT(apart(ours, wanted), 3 * usual) << "libtorch strays by " << usual;
  EXPECT_LT(apart(ours, last), 3 * std::max(spread, usual)) << "libtorch strays by " << spread;
  EXPECT_LT(wanted.back(), 0.5 * wanted.front());
}

TEST(SlowFusedTraining, FiftyLossesFollowTheReference) {
  expect_fifty_losses_like_the_references(
      graph::build(space::named_genotype("nasnet-a"), kSettings));
}

/// All dense convolutions of the space, with the channels from which on Winograd's way is taken.
TEST(SlowFusedTraining, FiftyLossesOfDenseConvolutionsFollowTheReference) {
  using space::Operation;
  space::Cell cell;
  cell.blocks = {{0, 1, Operation::kConv3x3, Operation::kDilatedConv3x3},
                 {1, 0, Operation::kConv1x3_3x1, Operation::kConv1x7_7x1},
                 {2, 0, Operation::kConv3x3, Operation::kMaxPool3x3}};
  cell.outputs = space::unused_states(cell);
  graph::StackSettings settings = kSettings;
  settings.filters = 16;
  expect_fifty_losses_like_the_references(graph::build({"dense", cell, cell}, settings));
}

TEST(FusedTraining, InBf16LossesFollowFloat32s) {
  if (!kernels::can_multiply_bf16()) GTEST_SKIP() << "this processor has no bf16 products";
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"), kSettings);
  Module wide(graph, 3), narrow(graph, 3);
  wide.set_kernels(Kernels::kFused);
  narrow.set_kernels(Kernels::kFused);
  narrow.set_precision(Precision::kBf16);
  const std::vector<double> a = losses(wide, 50), b = losses(narrow, 50);
  EXPECT_NE(a, b);
  EXPECT_LT(apart(a, b), 0.06);
  EXPECT_NEAR(a[0], b[0], 0.05);
  EXPECT_LT(b.back(), 0.5 * b.front());
  // Inference agrees with what was trained.
  const c10::InferenceMode inference;
  const at::Tensor images = seen_images(1000);
  const at::Tensor logits = narrow.forward(images).logits;
  narrow.set_precision(Precision::kFloat32);
  const at::Tensor same = narrow.forward(images).logits;
  EXPECT_LT((logits - same).abs().max().item<double>(),
            0.05 * same.abs().max().item<double>() + 0.05);
}

TEST(FusedTraining, InBf16ThreadsDoNotChangeABit) {
  if (!kernels::can_multiply_bf16()) GTEST_SKIP() << "this processor has no bf16 products";
  const int before = at::get_num_threads();
  std::vector<std::vector<double>> runs;
  for (const int threads : {1, 2, 1}) {
    at::set_num_threads(threads);
    Module network(graph::build(space::named_genotype("amoebanet-c"), kSettings), 3);
    network.set_kernels(Kernels::kFused);
    network.set_precision(Precision::kBf16);
    runs.push_back(losses(network, 3));
  }
  at::set_num_threads(before);
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_EQ(runs[0], runs[2]);
}

TEST(FusedTraining, AlignmentOfTheImagesChangesNoBit) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"), kSettings);
  const at::Tensor images = seen_images(1);
  const int64_t count = images.numel();
  at::Tensor first;
  for (int64_t offset = 0; offset < 20; offset += 3) {
    const at::Tensor memory = at::empty({count + 32}, at::TensorOptions(c10::kFloat));
    const at::Tensor moved = memory.narrow(0, offset, count).view(images.sizes());
    moved.copy_(images);
    Module network(graph, 3);
    network.set_kernels(Kernels::kFused);
    Pass pass;
    pass.training = true;
    const at::Tensor logits = network.forward(moved, pass).logits.detach();
    if (!first.defined()) first = logits;
    EXPECT_TRUE(logits.equal(first)) << offset;
  }
}

/// Images far from zero: the first norm's channels have means of many deviations.
TEST(FusedTraining, StatisticsKeepTheirDigitsFarFromZero) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"), kSettings);
  Module exact(graph, 3, c10::kCPU, c10::kDouble), fused(graph, 3);
  fused.set_kernels(Kernels::kFused);
  Pass pass;
  pass.training = true;
  const at::Tensor images = seen_images(1, 100.0f);
  exact.forward(images, pass);
  fused.forward(images, pass);
  const graph::Operator* norm = nullptr;
  for (const graph::Operator& op : graph.operators)
    if (!norm && op.kind == graph::OperatorKind::kBatchNorm) norm = &op;
  ASSERT_NE(norm, nullptr);
  for (const int which : {2, 3}) {
    const auto index = static_cast<size_t>(norm->first_parameter + which);
    const at::Tensor wanted = exact.tensors()[index], ours = fused.tensors()[index];
    for (int64_t c = 0; c < wanted.numel(); ++c) {
      const double value = wanted[c].item<double>();
      // The convolution itself rounds values of a hundred deviations to 1e-5 of one.
      EXPECT_NEAR(ours[c].item<double>(), value, 1e-4 * std::abs(value) + 1e-4) << which;
    }
  }
}

/// The same further in: shifts of a hundred make the maps that the cells' 1x1 convolutions read as
/// far from zero, concatenations and sums too. (At the edge of larger windows zeros come in, and
/// deviations are as large.) The norms of these are left to their readers, or have a twin.
TEST(FusedTraining, StatisticsKeepTheirDigitsFarFromZeroInTheCells) {
  graph::StackSettings settings = kSettings;
  settings.cells = 2;
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"), settings);
  Module exact(graph, 3, c10::kCPU, c10::kDouble), fused(graph, 3);
  fused.set_kernels(Kernels::kFused);
  {
    const at::NoGradGuard no_gradients;
    for (Module* network : {&exact, &fused})
      for (size_t i = 0; i < network->tensors().size(); ++i)
        if (graph.parameters[i].role == graph::ParameterRole::kBeta)
          network->tensors()[i].fill_(100.0);
  }
  Pass pass;
  pass.training = true;
  const at::Tensor images = seen_images(1);
  for (Module* network : {&exact, &fused})
    at::cross_entropy_loss(network->forward(images, pass).logits, seen_labels()).backward();
  const double keep = graph::batch_norm_keep(graph, pass.step);
  int far = 0;
  for (const graph::Operator& norm : graph.operators) {
    if (norm.kind != graph::OperatorKind::kBatchNorm) continue;
    const graph::Operator& conv = graph.operators[static_cast<size_t>(norm.inputs[0])];
    if (conv.kind != graph::OperatorKind::kConv || conv.kernel_height > 1) continue;
    const graph::Operator& relu = graph.operators[static_cast<size_t>(conv.inputs[0])];
    if (relu.kind != graph::OperatorKind::kRelu) continue;
    const auto first = static_cast<size_t>(norm.first_parameter);
    SCOPED_TRACE(graph.parameters[first].name);
    const auto moment = [&](Module& network, size_t which) {
      return (network.tensors()[first + which].to(c10::kDouble) - (which == 3 ? keep : 0)) /
             (1 - keep);
    };
    const at::Tensor mean = moment(exact, 2), deviation = moment(exact, 3).sqrt();
    const auto largest = [](const at::Tensor& x) { return x.abs().max().item<double>(); };
    far += largest(mean / deviation) > 200;
    EXPECT_LT(largest((moment(fused, 2) - mean) / deviation), 2e-4);
    EXPECT_LT(largest(moment(fused, 3).sqrt() / deviation - 1), 5e-5);
    const at::Tensor gradient = exact.tensors()[first].grad();
    EXPECT_LT((fused.tensors()[first].grad().to(c10::kDouble) - gradient).norm().item<double>(),
              1e-3 * gradient.norm().item<double>() + 1e-6);
  }
  EXPECT_GT(far, 10);
}

/// Weights that change are seen by the next inference, however they change.
TEST(FusedTraining, InferenceSeesChangedWeights) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"), kSettings);
  Module network(graph, 3), fresh(graph, 4);
  network.set_kernels(Kernels::kFused);
  fresh.set_kernels(Kernels::kFused);
  const at::Tensor images = seen_images(1);
  {
    const c10::InferenceMode inference;
    network.forward(images);
  }
  {
    const at::NoGradGuard no_gradients;
    for (size_t i = 0; i < network.tensors().size(); ++i)
      network.tensors()[i].copy_(fresh.tensors()[i]);
  }
  const c10::InferenceMode inference;
  EXPECT_TRUE(network.forward(images).logits.equal(fresh.forward(images).logits));
}

}  // namespace
}  // namespace nasnet::libtorch
