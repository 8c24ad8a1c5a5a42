#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "nasnet/data/batches.h"
#include "nasnet/data/preparation.h"
#include "nasnet/exchange/import.h"
#include "nasnet/graph/build.h"
#include "nasnet/network/network.h"
#include "nasnet/network/weights.h"
#include "tests/train/golden_mobile.h"

// Imported weights, pictures and a step as an implementation of its own has them: golden_mobile.py.

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;

/// The script's pictures.
data::Image picture(int64_t number) {
  constexpr int kSizes[][2] = {{375, 500}, {333, 500}, {500, 331}, {224, 224}, {640, 427}};
  data::Image image;
  image.height = kSizes[number][0];
  image.width = kSizes[number][1];
  for (int64_t y = 0; y < image.height; ++y)
    for (int64_t x = 0; x < image.width; ++x)
      for (int64_t c = 0; c < 3; ++c)
        image.pixels.push_back(static_cast<uint8_t>(
            (x * x * (c + 1) / 97 + y * (7 + 2 * c) + (x / 23) * (y / 17) * 11 + number * 31) %
            256));
  return image;
}

class GoldenMobile : public testing::Test {
 protected:
  GoldenMobile() {
    folder_ = fs::temp_directory_path() / fmt::format("nasnet-golden-mobile-{}", ::getpid());
    fs::create_directories(folder_);
  }
  ~GoldenMobile() override { fs::remove_all(folder_); }

  /// The golden weights under a port's names, imported; null where Python or the table of names is
  /// not there. With TF-slim's pooling, as the script has it, and without dropout, whose masks are
  /// nobody else's.
  std::unique_ptr<network::Network> import_network() {
    const std::string source = NASNET_SOURCE_DIR;
    const std::string table = source + "/../shared/spec/nasnet-mobile-tensors.tsv";
    const std::string port = (folder_ / "port.safetensors").string();
    if (!fs::exists(table) || std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0 ||
        std::system(fmt::format("/usr/bin/python3 {}/tests/exchange/make_weights.py {} timm {}",
                                source, table, port)
                        .c_str()) != 0)
      return nullptr;
    const auto file = exchange::open_weight_file(port);
    exchange::ImportHints hints;
    hints.pooling = graph::Pooling::kSlim;
    const exchange::Recognised found = exchange::recognise(*file, hints);
    graph::Graph graph = graph::build(found.genotype, found.stack);
    graph.recipe.dropout_keep = 1;
    const fs::path weights = folder_ / "weights.safetensors";
    exchange::import_weights(*file, port, graph, found, weights);
    auto network = network::make_network(std::move(graph), 1, {.threads = 2});
    network->set_tensors(network::read_tensors(weights, named_tensors(*network)));
    return network;
  }

  /// The five pictures as the rule prepares them.
  static data::ImageSet prepare(const data::Preparation& rule) {
    data::ImageSet images;
    images.height = images.width = 224;
    images.channels = 3;
    for (int64_t k = 0; k < 5; ++k) {
      const data::Image image = data::resize(picture(k), {224, 224}, rule);
      images.pixels.insert(images.pixels.end(), image.pixels.begin(), image.pixels.end());
      images.labels.push_back(0);
    }
    return images;
  }
  static Tensor input(const data::Preparation& rule) {
    return data::to_input(prepare(rule), 0, 5, {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}});
  }

  static void expect_logits(const Tensor& logits, const std::vector<GoldenLogits>& expected,
                            double near) {
    ASSERT_EQ(logits.size(), 5 * 1000);
    for (int64_t k = 0; k < 5; ++k) {
      const float* const row = logits.data() + 1000 * k;
      const GoldenLogits& golden = expected[static_cast<size_t>(k)];
      for (size_t i = 0; i < golden.first.size(); ++i)
        EXPECT_NEAR(row[i], golden.first[i], near) << k << " " << i;
      EXPECT_EQ(std::max_element(row, row + 1000) - row, golden.argmax) << k;
      EXPECT_NEAR(*std::max_element(row, row + 1000), golden.max, near) << k;
    }
  }

  fs::path folder_;
};

const data::Preparation kSlim{data::Resize::kStretch, data::Interpolation::kLegacy, 0.875};
const data::Preparation kTimm{data::Resize::kCrop, data::Interpolation::kBicubic, 0.911};

TEST_F(GoldenMobile, SlowLogitsByBothRulesOfEvaluation) {
  const auto network = import_network();
  if (!network) GTEST_SKIP() << "python3-numpy or ../shared is not there";
  // TF-slim's pixels stay fractions where ours are rounded to bytes.
  expect_logits(network->infer(input(kSlim)), golden_slim_logits(), 3e-3);
  expect_logits(network->infer(input(kTimm)), golden_timm_logits(), 3e-4);
}

TEST_F(GoldenMobile, SlowAStepOfTheImportedNetwork) {
  const auto network = import_network();
  if (!network) GTEST_SKIP() << "python3-numpy or ../shared is not there";
  const auto learner = network->learn({.momentum = 0, .label_smoothing = 0.1});
  const Tensor images = input(kSlim);
  const std::vector<int64_t> labels = {3, 1, 4, 1, 5};
  const auto loss = [&](int64_t step) {
    return learner->contribute(images, labels, {0, 5}, {.training = true, .step = step}, 1, 0)()
        .loss;
  };
  EXPECT_NEAR(loss(0), kGoldenLoss, 5e-4);
  // ReLUs make the gradient coarse: noise of a millionth in the pixels moves the script's own norm
  // by 0.05, and the loss after the step by 0.01.
  EXPECT_NEAR(learner->step(0.01, 1)(), kGoldenNorm, 0.3);
  EXPECT_NEAR(loss(1), kGoldenLossAfter, 0.05);
}

}  // namespace
}  // namespace nasnet::train
