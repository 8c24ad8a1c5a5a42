#include "nasnet/exchange/onnx.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/libtorch/module.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/operation.h"
#include "tests/libtorch/golden.h"
#include "tests/space/random_genotype.h"

namespace nasnet::libtorch {
namespace {

namespace fs = std::filesystem;

std::vector<float> values_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().to(c10::kFloat).contiguous();
  return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

/// The genotype's network with golden weights, as a graph of ONNX's and as its own. `built_for` is
/// the size that the ONNX file was made of, where it is another than the images'.
struct Pair {
  Pair(const space::Genotype& genotype, const graph::StackSettings& settings,
       const exchange::OnnxOptions& options = {}, std::optional<graph::Shape> built_for = {})
      : network(graph::build(genotype, settings), 1) {
    fill_golden(network);
    graph::StackSettings original = settings;
    original.input = built_for.value_or(settings.input);
    const graph::Graph graph = graph::build(genotype, original);
    EXPECT_TRUE(exchange::same_but_for_size(graph, network.graph()));
    model = exchange::to_onnx(
        graph, [&](size_t i) { return values_of(network.tensors()[i]); }, options);
    bytes = exchange::write_onnx(model);
    Random random(7, 0, "images");
    const graph::Shape& shape = settings.input;
    images.resize(static_cast<size_t>(2 * shape.elements()));
    for (float& value : images) value = static_cast<float>(random.normal());
    const c10::InferenceMode no_gradients;
    const at::Tensor batch =
        at::from_blob(images.data(), {2, shape.channels, shape.height, shape.width}, c10::kFloat);
    logits = values_of(network.forward(batch).logits);
  }

  void expect_agreement(const std::vector<float>& found) const {
    ASSERT_EQ(found.size(), logits.size());
    float largest = 1;
    for (const float logit : logits) largest = std::max(largest, std::abs(logit));
    for (size_t i = 0; i < logits.size(); ++i)
      EXPECT_NEAR(found[i], logits[i], 1e-4 * largest) << i;
  }

  Module network;
  exchange::OnnxModel model;
  std::string bytes;
  std::vector<float> images, logits;
};

void expect_evaluates(const space::Genotype& genotype, const graph::StackSettings& settings,
                      const exchange::OnnxOptions& options = {}) {
  const Pair pair(genotype, settings, options);
  const exchange::OnnxModel read = exchange::read_onnx(pair.bytes, "memory");
  EXPECT_EQ(exchange::write_onnx(read), pair.bytes);
  pair.expect_agreement(exchange::evaluate_onnx(read, pair.images, 2, settings.input));
}

TEST(Onnx, EveryNamedGenotypeAgrees) {
  for (const std::string& name : space::genotype_names()) {
    SCOPED_TRACE(name);
    expect_evaluates(space::named_genotype(name),
                     {graph::StackKind::kCifar, 1, 8, 10, {15, 15, 3}, true});
  }
}

TEST(Onnx, FoldedNetworksAgreeAndHaveNoBatchNorm) {
  const Pair pair(space::named_genotype("nasnet-a"),
                  {graph::StackKind::kMobile, 1, 8, 10, {64, 64, 3}}, {.fold_batch_norm = true});
  pair.expect_agreement(exchange::evaluate_onnx(pair.model, pair.images, 2, {64, 64, 3}));
  for (const exchange::OnnxNode& node : pair.model.nodes)
    EXPECT_NE(node.type, "BatchNormalization");
  for (const std::string& name : space::genotype_names()) {
    SCOPED_TRACE(name);
    expect_evaluates(space::named_genotype(name), {graph::StackKind::kCifar, 1, 8, 10, {16, 16, 3}},
                     {.fold_batch_norm = true});
  }
}

TEST(Onnx, EveryOperationAgrees) {
  for (int i = 0; i < space::kOperationCount; ++i) {
    const auto operation = static_cast<space::Operation>(i);
    SCOPED_TRACE(space::name(operation));
    const space::Genotype genotype = space::genotype_with(operation, static_cast<uint64_t>(i));
    expect_evaluates(genotype, {graph::StackKind::kCifar, 1, 6, 4, {12, 13, 3}},
                     {.fold_batch_norm = i % 2 == 1});
  }
}

TEST(Onnx, RandomGenotypesAgree) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    SCOPED_TRACE(seed);
    expect_evaluates(space::random_genotype(seed),
                     {graph::StackKind::kCifar, 1, 6, 4, {11, 14, 2}});
  }
}

TEST(Onnx, PoolingOfThePortsAgrees) {
  for (const graph::Pooling pooling : {graph::Pooling::kKeras, graph::Pooling::kTimm}) {
    graph::StackSettings settings = {graph::StackKind::kMobile, 1, 8, 10, {65, 64, 3}};
    settings.pooling = pooling;
    expect_evaluates(space::named_genotype("nasnet-a"), settings);
  }
}

constexpr graph::Shape kOtherSizes[] = {{16, 17, 3}, {18, 21, 3}, {23, 14, 3}};

TEST(Onnx, AFileMadeForOneSizeAgreesAtOthers) {
  for (const std::string& name : space::genotype_names())
    for (const graph::Shape& size : kOtherSizes) {
      SCOPED_TRACE(fmt::format("{} {}x{}", name, size.height, size.width));
      const Pair pair(space::named_genotype(name), {graph::StackKind::kCifar, 1, 4, 5, size},
                      {.fold_batch_norm = size.height % 2 == 0}, graph::Shape{15, 20, 3});
      pair.expect_agreement(exchange::evaluate_onnx(pair.model, pair.images, 2, size));
    }
  for (const graph::Pooling pooling :
       {graph::Pooling::kSlim, graph::Pooling::kKeras, graph::Pooling::kTimm})
    for (const int edge : {65, 66}) {
      SCOPED_TRACE(edge);
      graph::StackSettings settings = {graph::StackKind::kMobile, 1, 8, 5, {edge, edge + 5, 3}};
      settings.pooling = pooling;
      for (const char* name : {"nasnet-a", "nasnet-c"}) {
        const Pair pair(space::named_genotype(name), settings, {}, graph::Shape{80, 81, 3});
        pair.expect_agreement(exchange::evaluate_onnx(pair.model, pair.images, 2, settings.input));
      }
    }
}

TEST(Onnx, AFileOfFixedSizeTakesNoOther) {
  const Pair pair(space::named_genotype("nasnet-a"),
                  {graph::StackKind::kCifar, 1, 4, 5, {15, 16, 3}}, {.fixed_size = true});
  pair.expect_agreement(exchange::evaluate_onnx(pair.model, pair.images, 2, {15, 16, 3}));
  EXPECT_THROW(exchange::evaluate_onnx(pair.model, pair.images, 2, {16, 15, 3}), InputError);
  for (const exchange::OnnxNode& node : pair.model.nodes)
    EXPECT_EQ(node.attributes.count("auto_pad"), 0u);
}

TEST(Onnx, GraphsOfTwoSizesAreToldFromOtherNetworks) {
  const auto built = [](graph::StackKind stack, int edge, int filters) {
    return graph::build(space::named_genotype("nasnet-a"), {stack, 1, filters, 5, {edge, edge, 3}});
  };
  EXPECT_TRUE(exchange::same_but_for_size(built(graph::StackKind::kMobile, 224, 4),
                                          built(graph::StackKind::kMobile, 65, 4)));
  EXPECT_TRUE(exchange::same_but_for_size(built(graph::StackKind::kCifar, 32, 4),
                                          built(graph::StackKind::kCifar, 8, 4)));
  EXPECT_FALSE(exchange::same_but_for_size(built(graph::StackKind::kCifar, 32, 4),
                                           built(graph::StackKind::kCifar, 32, 8)));
  EXPECT_FALSE(exchange::same_but_for_size(built(graph::StackKind::kCifar, 32, 4),
                                           built(graph::StackKind::kMobile, 32, 4)));
}

TEST(Onnx, OpsetsOutOfRangeAreRefused) {
  for (const int opset : {12, 18})
    EXPECT_THROW(
        expect_evaluates(space::named_genotype("nasnet-a"),
                         {graph::StackKind::kCifar, 1, 8, 10, {8, 8, 3}}, {.opset = opset}),
        InputError);
}

TEST(Onnx, DamagedFilesAreRefused) {
  const Pair pair(space::named_genotype("nasnet-a"),
                  {graph::StackKind::kCifar, 1, 4, 4, {8, 8, 3}});
  int read = 0;
  for (size_t length = 0; length < pair.bytes.size(); length += 1 + length / 50) {
    try {
      exchange::read_onnx(std::string_view(pair.bytes).substr(0, length), "cut.onnx");
      ++read;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("cut.onnx"), std::string::npos);
    }
  }
  EXPECT_EQ(read, 0);
}

// --- ONNX Runtime and the checker of the onnx package ---

class SlowOnnxRuntime : public testing::Test {
 protected:
  void SetUp() override {
    python_ = std::string(NASNET_SOURCE_DIR) + "/build/oracles/bin/python";
    if (std::system((python_ + " -c 'import onnx, onnxruntime' 2>/dev/null").c_str()) != 0)
      GTEST_SKIP() << "ONNX Runtime is not there; scripts/oracles installs it";
    folder_ = fs::temp_directory_path() / ("nasnet-onnx-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  void expect_same(const Pair& pair) {
    write_file(folder_ / "model.onnx", pair.bytes);
    write_file(folder_ / "images.f32", {reinterpret_cast<const char*>(pair.images.data()),
                                        pair.images.size() * sizeof(float)});
    const graph::Shape& shape = pair.network.graph().settings.input;
    const std::string command =
        python_ + " " + NASNET_SOURCE_DIR + "/tests/exchange/run_onnx.py " +
        (folder_ / "model.onnx").string() + " " + (folder_ / "images.f32").string() + " 2 " +
        std::to_string(shape.channels) + " " + std::to_string(shape.height) + " " +
        std::to_string(shape.width) + " " + (folder_ / "logits.f32").string();
    ASSERT_EQ(std::system(command.c_str()), 0);
    const std::string bytes = read_file(folder_ / "logits.f32");
    std::vector<float> logits(bytes.size() / sizeof(float));
    std::memcpy(logits.data(), bytes.data(), bytes.size());
    pair.expect_agreement(logits);
  }

  fs::path folder_;
  std::string python_;
};

TEST_F(SlowOnnxRuntime, Mobile) {
  expect_same(
      {space::named_genotype("nasnet-a"), graph::stack_settings(graph::StackKind::kMobile)});
  expect_same({space::named_genotype("nasnet-a"),
               graph::stack_settings(graph::StackKind::kMobile),
               {.opset = 13, .fold_batch_norm = true}});
}

TEST_F(SlowOnnxRuntime, OtherSizesThanTheFileWasMadeFor) {
  for (const char* name : {"nasnet-a", "nasnet-b", "nasnet-c", "pnasnet-5"})
    for (const graph::Shape& size : kOtherSizes) {
      SCOPED_TRACE(fmt::format("{} {}x{}", name, size.height, size.width));
      expect_same({space::named_genotype(name),
                   {graph::StackKind::kCifar, 1, 4, 5, size},
                   {},
                   {{15, 20, 3}}});
    }
  for (const graph::Pooling pooling : {graph::Pooling::kKeras, graph::Pooling::kTimm})
    for (const int edge : {64, 65, 71}) {
      SCOPED_TRACE(edge);
      graph::StackSettings settings = {graph::StackKind::kMobile, 1, 8, 5, {edge, edge + 2, 3}};
      settings.pooling = pooling;
      expect_same({space::named_genotype("nasnet-a"), settings, {}, {{80, 81, 3}}});
    }
}

TEST_F(SlowOnnxRuntime, Cifar) {
  expect_same({space::named_genotype("nasnet-a"),
               graph::stack_settings(graph::StackKind::kCifar),
               {.opset = 14}});
}

TEST_F(SlowOnnxRuntime, NormalisedAdditionsAndTheOtherPools) {
  expect_same(
      {space::named_genotype("nasnet-b"), {graph::StackKind::kCifar, 1, 8, 10, {16, 16, 3}}});
  expect_same({space::named_genotype("nasnet-c"),
               {graph::StackKind::kCifar, 1, 8, 10, {15, 15, 3}},
               {.opset = 15}});
  graph::StackSettings keras = {graph::StackKind::kMobile, 1, 8, 10, {65, 64, 3}};
  keras.pooling = graph::Pooling::kKeras;
  expect_same({space::named_genotype("nasnet-a"), keras, {.opset = 16}});
}

TEST_F(SlowOnnxRuntime, SearchedCells) {
  for (uint64_t seed = 100; seed < 105; ++seed) {
    SCOPED_TRACE(seed);
    expect_same({space::random_genotype(seed), {graph::StackKind::kCifar, 1, 8, 10, {28, 28, 1}}});
  }
}

}  // namespace
}  // namespace nasnet::libtorch
