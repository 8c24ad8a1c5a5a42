#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/space/genotypes.h"
#include "tests/libtorch/golden.h"
#include "tests/libtorch/golden_endpoints.h"

namespace nasnet::libtorch {
namespace {

// The golden numbers are printed with nine decimals, those of the training test with twelve or
// with ten significant digits: half a unit of the last one is allowed.
constexpr double kNine = 5.1e-10;
constexpr double kTwelve = 5.1e-13;

double half_a_tenth_digit(double x) {
  return 0.51 * std::pow(10, std::floor(std::log10(std::abs(x))) - 9);
}

/// In float32, of each tensor's scale.
constexpr double kFloat32 = 1e-4;

struct Summary {
  double mean, rms, first, last;
};

Summary summarise(const at::Tensor& x) {
  const at::Tensor nhwc = x.permute({0, 2, 3, 1}).contiguous().to(c10::kDouble).flatten();
  return {nhwc.mean().item<double>(), std::sqrt(nhwc.square().mean().item<double>()),
          nhwc[0].item<double>(), nhwc[-1].item<double>()};
}

Module golden_network(const graph::StackSettings& settings, c10::ScalarType dtype) {
  Module network(graph::build(space::named_genotype("nasnet-a"), settings), 1, test_device(),
                 dtype);
  fill_golden(network);
  return network;
}

struct Logits {
  std::vector<double> first;
  int64_t argmax;
  double max, sum;
};

void expect_logits(const at::Tensor& logits, const Logits& expected, bool exact) {
  const at::Tensor x = logits.to(c10::kDouble)[0];
  const double near = exact ? kNine : kFloat32 * expected.max;
  for (size_t i = 0; i < expected.first.size(); ++i)
    EXPECT_NEAR(x[static_cast<int64_t>(i)].item<double>(), expected.first[i], near);
  EXPECT_EQ(x.argmax().item<int64_t>(), expected.argmax);
  EXPECT_NEAR(x.max().item<double>(), expected.max, near);
  EXPECT_NEAR(x.sum().item<double>(), expected.sum,
              exact ? kNine : kFloat32 * std::abs(expected.sum));
}

/// Runs a published stack in inference mode and compares every endpoint and the logits: to every
/// printed digit in float64, within 1e-4 of each tensor's scale in float32.
void expect_golden(graph::StackSettings settings, const std::vector<GoldenEndpoint>& endpoints,
                   const Logits& logits, const Logits& auxiliary, double pool_mean,
                   c10::ScalarType dtype) {
  const c10::InferenceMode no_gradients;
  settings.auxiliary_head = true;
  Module network = golden_network(settings, dtype);
  const bool exact = dtype == c10::kDouble;
  std::map<int, std::vector<const GoldenEndpoint*>> wanted;
  for (const GoldenEndpoint& endpoint : endpoints)
    wanted[network.graph().endpoint(endpoint.name)].push_back(&endpoint);
  Pass pass;
  size_t seen = 0;
  const Observer observe = [&](int op, const at::Tensor& result) {
    if (op == network.graph().endpoint("global_pool")) {
      EXPECT_NEAR(result.mean().item<double>(), pool_mean, exact ? kNine : kFloat32 * pool_mean);
    }
    for (const GoldenEndpoint* endpoint : wanted[op]) {
      SCOPED_TRACE(endpoint->name);
      const Summary summary = summarise(result);
      const double near = exact ? kNine : kFloat32 * endpoint->rms;
      EXPECT_NEAR(summary.mean, endpoint->mean, near);
      EXPECT_NEAR(summary.rms, endpoint->rms, near);
      EXPECT_NEAR(summary.first, endpoint->first, near);
      EXPECT_NEAR(summary.last, endpoint->last, near);
      ++seen;
    }
  };
  const Outputs outputs = network.forward(golden_images(1, settings.input), pass, observe);
  EXPECT_EQ(seen, endpoints.size());
  expect_logits(outputs.logits, logits, exact);
  expect_logits(outputs.auxiliary_logits, auxiliary, exact);
}

const Logits kCifarLogits = {
    {0.000347765, -0.175173006, -0.347821059, 0.015912202, 0.194921013, 0.32083113},
    6,
    0.513064602,
    -0.629819063};
const Logits kCifarAuxiliary = {
    {0.029283289, -0.302009468, 0.36793282, -0.177057167, 0.753683334, -0.687408408},
    6,
    0.840566664,
    0.526260171};
const Logits kMobileLogits = {
    {1.310484828, -2.291150503, 0.017834434, 0.070379668, 1.25547261, -0.027908768},
    514,
    2.301078156,
    -30.354482814};
const Logits kMobileAuxiliary = {
    {-0.371163269, -1.088396065, -0.568003638, -0.869859853, 0.511413541, -0.988119406},
    891,
    2.024821084,
    -1.513481823};

const Logits kLargeLogits = {
    {0.226656544, -1.757347636, 0.411737744, 0.45785118, 0.529906896, 1.234946121},
    83,
    2.320407380,
    16.120079897};
const Logits kLargeAuxiliary = {
    {-0.523319919, 0.639195903, 0.046347683, 0.651325426, -0.138411534, -0.11893275},
    356,
    1.260395245,
    -10.743664038};

TEST(Golden, Generator) {
  EXPECT_EQ(golden_hash("input"), 4191711099u);
  EXPECT_EQ(golden_hash("conv0/weights"), 115757599u);
  EXPECT_EQ(golden_hash("cell_0/1x1/weights"), 3593479439u);
  const auto expect = [](const char* name, std::vector<double> units, double digits) {
    for (size_t i = 0; i < units.size(); ++i)
      EXPECT_NEAR(golden_unit(name, i), units[i], digits) << name << " " << i;
  };
  expect("input", {0.7990331361, 0.1116203063, 0.0625181096, 0.3838214823}, 5.1e-11);
  expect("conv0/weights", {0.88834934, 0.41347534, 0.40521763}, 5.1e-9);
  expect("cell_0/1x1/weights", {0.17086816, 0.97910983, 0.00775639}, 5.1e-9);
}

TEST(Golden, CifarInferenceInFloat64) {
  expect_golden(graph::stack_settings(graph::StackKind::kCifar), cifar_endpoints(), kCifarLogits,
                kCifarAuxiliary, 0.289947417, c10::kDouble);
}

TEST(Golden, CifarInferenceInFloat32) {
  expect_golden(graph::stack_settings(graph::StackKind::kCifar), cifar_endpoints(), kCifarLogits,
                kCifarAuxiliary, 0.289947417, c10::kFloat);
}

TEST(Golden, MobileInferenceInFloat64) {
  expect_golden(graph::stack_settings(graph::StackKind::kMobile), mobile_endpoints(), kMobileLogits,
                kMobileAuxiliary, 0.492156020, c10::kDouble);
}

TEST(Golden, MobileInferenceInFloat32) {
  expect_golden(graph::stack_settings(graph::StackKind::kMobile), mobile_endpoints(), kMobileLogits,
                kMobileAuxiliary, 0.492156020, c10::kFloat);
}

TEST(SlowGolden, LargeInferenceInFloat64) {
  expect_golden(graph::stack_settings(graph::StackKind::kLarge), large_endpoints(), kLargeLogits,
                kLargeAuxiliary, 0.339173418, c10::kDouble);
}

TEST(SlowGolden, LargeInferenceInFloat32) {
  expect_golden(graph::stack_settings(graph::StackKind::kLarge), large_endpoints(), kLargeLogits,
                kLargeAuxiliary, 0.339173418, c10::kFloat);
}

/// The first logits under a port's pooling.
void expect_pooling(graph::StackKind stack, graph::Pooling pooling, std::vector<double> first) {
  const c10::InferenceMode no_gradients;
  graph::StackSettings settings = graph::stack_settings(stack);
  settings.pooling = pooling;
  Module network = golden_network(settings, c10::kDouble);
  const at::Tensor logits = network.forward(golden_images(1, settings.input)).logits[0];
  for (size_t i = 0; i < first.size(); ++i)
    EXPECT_NEAR(logits[static_cast<int64_t>(i)].item<double>(), first[i], kNine) << i;
}

TEST(Golden, PoolingOfThePorts) {
  expect_pooling(graph::StackKind::kMobile, graph::Pooling::kKeras,
                 {1.328516633, -2.243832064, 0.002310828, 0.075126325, 1.229434419, -0.010390941});
  expect_pooling(graph::StackKind::kMobile, graph::Pooling::kTimm,
                 {1.302333003, -2.240849161, -0.001416, 0.075737368, 1.226360391, -0.024545692});
}

TEST(SlowGolden, PoolingOfThePortsLarge) {
  expect_pooling(graph::StackKind::kLarge, graph::Pooling::kKeras,
                 {0.218010978, -1.741278248, 0.420944852, 0.432960844, 0.519074481, 1.215509861});
  expect_pooling(graph::StackKind::kLarge, graph::Pooling::kTimm,
                 {0.220055303, -1.742316101, 0.415766161, 0.443783554, 0.531944397, 1.216864563});
}

struct GoldenGradient {
  const char* name;
  double norm, first;
};

TEST(Golden, TrainingStepInFloat64) {
  Module network =
      golden_network({graph::StackKind::kCifar, 1, 8, 10, {32, 32, 3}, true}, c10::kDouble);
  const at::Tensor images = golden_images(4, {32, 32, 3});
  const at::Tensor labels = at::tensor({3, 1, 4, 1}, c10::kLong).to(network.device());
  const auto losses = [&](Pass pass, const Observer& observe = {}) {
    pass.training = true;
    const Outputs outputs = network.forward(images, pass, observe);
    return std::vector<at::Tensor>{at::cross_entropy_loss(outputs.logits, labels),
                                   at::cross_entropy_loss(outputs.auxiliary_logits, labels),
                                   outputs.logits, outputs.auxiliary_logits};
  };
  const std::map<std::string, Summary> endpoints = {
      {"Stem", {-0.020856076, 1.138677713, 0, 0}},
      {"Cell_0", {-0.018970901, 1.300428663, 0, 0}},
      {"Reduction_Cell_0", {1.013667387, 1.770151775, 0, 0}},
      {"Cell_1", {-0.056761438, 1.310890904, 0, 0}},
      {"Reduction_Cell_1", {1.075360845, 1.835570276, 0, 0}},
      {"Cell_2", {0.009969811, 1.279891557, 0, 0}}};
  Pass pass;
  const Observer observe = [&](int op, const at::Tensor& result) {
    for (const auto& [name, expected] : endpoints) {
      if (network.graph().endpoint(name) != op) continue;
      const Summary summary = summarise(result.detach());
      EXPECT_NEAR(summary.mean, expected.mean, kNine) << name;
      EXPECT_NEAR(summary.rms, expected.rms, kNine) << name;
    }
  };
  const std::vector<at::Tensor> before = losses(pass, observe);
  EXPECT_NEAR(before[0].item<double>(), 2.354242115357, kTwelve);
  EXPECT_NEAR(before[1].item<double>(), 2.674013062344, kTwelve);
  const at::Tensor total = before[0] + 0.4 * before[1];
  EXPECT_NEAR(total.item<double>(), 3.423847340295, kTwelve);
  const double logits[] = {0.516322407, -0.103953169, -0.224637736, -0.177708439, 0.267001416,
                           0.709561495, 0.530047595,  -0.967316989, -0.521808439, 0.409315557};
  const double auxiliary[] = {0.71376454,  1.296773856, -0.181260432, 0.190665461,  0.732414629,
                              0.576911311, 1.125391686, 0.497675038,  -0.456725438, -0.553559275};
  for (int64_t i = 0; i < 10; ++i) {
    EXPECT_NEAR(before[2][0][i].item<double>(), logits[i], kNine);
    EXPECT_NEAR(before[3][0][i].item<double>(), auxiliary[i], kNine);
  }
  total.backward();

  const GoldenGradient gradients[] = {
      {"l1_stem_3x3/weights", 3.276843598, -7.087268492e-2},
      {"l1_stem_bn/gamma", 3.730663817e-1, 6.241689502e-2},
      {"l1_stem_bn/beta", 2.921667198e-1, -9.569575818e-3},
      {"cell_0/1x1/weights", 1.290035921, 2.086894864e-2},
      {"cell_0/comb_iter_0/left/separable_5x5_1/depthwise_weights", 8.469539885e-1, 1.386362917e-1},
      {"cell_0/comb_iter_0/right/separable_3x3_1/pointwise_weights", 8.574668047e-1,
       -4.837112322e-2},
      {"cell_0/comb_iter_3/left/1x1/weights", 4.419346440e-1, -1.929111012e-2},
      {"cell_0/cell_output/reduction_1/path_conv/weights", 5.996088263e-1, -6.438134554e-3},
      {"reduction_cell_0/prev_1x1/weights", 1.599706002, -2.443765374e-2},
      {"reduction_cell_0/comb_iter_1/right/separable_7x7_1/depthwise_weights", 1.215490603,
       7.951965103e-2},
      {"cell_1/path1_conv/weights", 1.300753982, 8.094250775e-2},
      {"cell_1/path2_conv/weights", 1.080039907, -8.343382520e-2},
      {"cell_1/final_path_bn/gamma", 1.918096504e-1, -5.483647080e-2},
      {"reduction_cell_1/comb_iter_4/left/separable_3x3_2/pointwise_weights", 9.264760097e-2,
       -1.057091165e-3},
      {"cell_2/beginning_bn/beta", 1.406501803e-1, -1.881384188e-2},
      {"aux_1/aux_logits/Conv/weights", 8.527247752, 6.160005073e-3},
      {"final_layer/FC/weights", 4.091749230, 7.264546493e-2},
      {"final_layer/FC/biases", 5.597343312e-1, 1.425058096e-1}};
  std::map<std::string, at::Tensor> by_name;
  double square_sum = 0;
  int64_t trainable = 0, tensors = 0;
  for (size_t i = 0; i < network.tensors().size(); ++i) {
    const graph::Parameter& parameter = network.graph().parameters[i];
    if (!parameter.trainable()) continue;
    const at::Tensor gradient = network.tensors()[i].grad();
    ASSERT_TRUE(gradient.defined()) << parameter.name;
    by_name[parameter.name] = gradient;
    square_sum += gradient.square().sum().item<double>();
    trainable += parameter.elements();
    ++tensors;
  }
  EXPECT_EQ(trainable, 1667004);
  EXPECT_EQ(graph::count(network.graph()).parameters, 72370);  // without the auxiliary head
  EXPECT_EQ(tensors, 254);
  EXPECT_NEAR(std::sqrt(square_sum), 12.596146454744, kTwelve);
  for (const GoldenGradient& expected : gradients) {
    SCOPED_TRACE(expected.name);
    const at::Tensor gradient = by_name.at(expected.name);
    EXPECT_NEAR(gradient.norm().item<double>(), expected.norm, half_a_tenth_digit(expected.norm));
    const at::Tensor first = gradient.flatten()[0];
    EXPECT_NEAR(first.item<double>(), expected.first, half_a_tenth_digit(expected.first));
  }

  // One step: clip the global norm to 5, plain gradient descent at 0.025.
  const double scale = 0.025 * 5.0 / std::sqrt(square_sum);
  for (size_t i = 0; i < network.tensors().size(); ++i) {
    if (!network.graph().parameters[i].trainable()) continue;
    at::Tensor tensor = network.tensors()[i].detach();
    tensor.sub_(network.tensors()[i].grad() * scale);
  }
  const std::vector<at::Tensor> after = losses({});
  EXPECT_NEAR((after[0] + 0.4 * after[1]).item<double>(), 2.496619832539, kTwelve);
}

}  // namespace
}  // namespace nasnet::libtorch
