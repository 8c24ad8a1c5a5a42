#include "nasnet/train/image_sizes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/content.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/fit.h"
#include "nasnet/train/held_out.h"
#include "nasnet/train/memory.h"
#include "tests/train/toy_data.h"

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;
using Spans = std::vector<SizeSpan>;

TEST(ImageSizes, ByShareOfTheEpochs) {
  EXPECT_EQ(size_spans("", 32, 20), (Spans{{32, 20}}));
  EXPECT_EQ(size_spans("128:0.4,160", 224, 10), (Spans{{128, 4}, {160, 10}}));
  EXPECT_EQ(size_spans("128:0.3,160:0.75,192", 224, 10), (Spans{{128, 3}, {160, 7}, {192, 10}}));
  EXPECT_EQ(size_spans("24", 32, 5), (Spans{{24, 5}})) << "smaller all the time";
  EXPECT_EQ(size_spans("16:0.5,16:0.7,32", 32, 10), (Spans{{16, 7}, {32, 10}}));
  EXPECT_EQ(size_spans("16:0.3,24:0.6,32", 32, 2), (Spans{{24, 1}, {32, 2}})) << "no half epochs";
  const Spans spans = size_spans("128:0.4,160", 224, 10);
  EXPECT_EQ(size_of_epoch(spans, 0), 128);
  EXPECT_EQ(size_of_epoch(spans, 3), 128);
  EXPECT_EQ(size_of_epoch(spans, 4), 160);
  EXPECT_EQ(size_of_epoch(spans, 9), 160);
  EXPECT_EQ(describe(spans, 224),
            "128x128 pixels in epochs 1 to 4, 160x160 in 5 to 10; measured and used on 224x224");
}

/// FFCV's 160 and 192 of 256, in its steps of 32, and the same of other networks.
TEST(ImageSizes, ByPerCent) {
  const auto edges = [](int own) {
    const Spans spans = size_spans("62.5%:0.8,75%", own, 100);
    return std::pair(spans.front().edge, spans.back().edge);
  };
  EXPECT_EQ(edges(256), std::pair(160, 192));
  EXPECT_EQ(edges(224), std::pair(128, 160));
  EXPECT_EQ(edges(331), std::pair(192, 256));
  EXPECT_EQ(edges(64), std::pair(40, 48));
  EXPECT_EQ(edges(32), std::pair(20, 24));
  EXPECT_EQ(edges(28), std::pair(16, 20));
  EXPECT_EQ(size_spans("50%:0.5,100%", 331, 2).back().edge, 331);
}

TEST(ImageSizes, NonsenseIsRefused) {
  for (const char* nonsense : {"x",
                               "128:",
                               "128:0.4",
                               "128:0.4,",
                               ":0.4,160",
                               "128:0,160",
                               "128:1,160",
                               "128:1.5,160",
                               "128:-1,160",
                               "128:nan,160",
                               "128:0.5,160:0.4,192",
                               "160:0.4,128",
                               "128,160",
                               "0:0.4,160",
                               "-8:0.4,160",
                               "12.5:0.4,160",
                               "1e9",
                               "inf",
                               "256",
                               "128:0.4,110%",
                               "%",
                               "128:0.4:0.5,160",
                               "128 0.4",
                               "999999999999999999999"})
    try {
      size_spans(nonsense, 224, 10);
      FAIL() << nonsense;
    } catch (const InputError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("--sizes " + std::string(nonsense)))
          << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
}

TEST(ImageSizes, ImagesThatAreHeldAreResized) {
  data::DataSet data = toy_data(7, 0, 4, 16, 3);
  data::fill_contents(data.train);
  const data::ImageSet half = at_size(data.train, 8, {}, 2);
  EXPECT_EQ(half.labels, data.train.labels);
  EXPECT_EQ(half.contents, data.train.contents) << "they are the same pictures";
  ASSERT_EQ(half.pixels.size(), 7u * 8 * 8 * 3);
  // The mean of four pixels.
  const uint8_t* image = data.train.image(5);
  const auto pixel = [&](int y, int x) { return image[(y * 16 + x) * 3 + 1]; };
  EXPECT_NEAR(half.image(5)[(3 * 8 + 2) * 3 + 1],
              (pixel(6, 4) + pixel(6, 5) + pixel(7, 4) + pixel(7, 5)) / 4.0, 0.5);
}

class GrowingImages : public testing::Test {
 protected:
  GrowingImages() {
    set_progress_style(ProgressStyle::silent);
    folder_ =
        fs::temp_directory_path() / ("nasnet-sizes-" + std::to_string(getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    data::fill_contents(data_.train);
    data::fill_contents(data_.test);
    request_.genotype = space::named_genotype("nasnet-a");
    request_.stack = {graph::StackKind::kCifar, 1, 4, 0, {}, false};
    request_.training.epochs = 5;
    request_.training.batch = 16;
    request_.training.auxiliary_weight = 0;
    request_.training.ema = 0.9;
    request_.training.drop_path_keep = 0.8;
    request_.tuning.sizes = "8:0.4,12:0.8,16";
    request_.tuning.hold_out = 0.25;
    request_.tuning.reestimate_norms = true;
    request_.device = network::DeviceChoice::kCpu;
    request_.folder = folder_ / "model";
  }
  ~GrowingImages() override { fs::remove_all(folder_); }

  static std::vector<std::vector<float>> values_of(const fs::path& folder) {
    std::vector<std::vector<float>> values;
    const auto network = load_network(folder, load_model_info(folder));
    for (const Tensor& one : network->tensors()) values.push_back(one.row_major());
    return values;
  }

  fs::path folder_;
  FitRequest request_;
  data::DataSet data_ = toy_data(96, 40, 4, 16);
};

TEST_F(GrowingImages, EachEpochHasTheSizeThatIsSaid) {
  std::vector<std::string> told;
  request_.tell = [&](const std::string& line) { told.push_back(line); };
  const ModelInfo info = fit(request_, data_);
  std::vector<int> sizes;
  for (const EpochRecord& record : info.state.history) sizes.push_back(record.image_size);
  EXPECT_EQ(sizes, (std::vector<int>{8, 8, 12, 12, 16}));
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told[0],
            "images: 8x8 pixels in epochs 1 to 2, 12x12 in 3 to 4, 16x16 in 5 to 5; measured and "
            "used on 16x16");
  const ModelInfo loaded = load_model_info(request_.folder);
  EXPECT_EQ(loaded.state.history, info.state.history);
  EXPECT_EQ(loaded.tuning.sizes, request_.tuning.sizes);
  EXPECT_EQ(loaded.stack.input.height, 16);
  EXPECT_EQ(evaluate(*load_network(request_.folder, loaded), data_.test, {}, loaded.normalization)
                .share(),
            *info.test_accuracy);
}

/// The optimizer goes on where the images grow.
TEST_F(GrowingImages, SizesThatAreTheNetworksOwnChangeNothing) {
  request_.tuning.sizes = "16:0.5,16";
  fit(request_, data_);
  const auto expected = values_of(request_.folder);
  request_.tuning.sizes = "";
  request_.folder = folder_ / "plain";
  fit(request_, data_);
  EXPECT_EQ(values_of(request_.folder), expected);
}

/// Held out images are measured at the network's own size whatever the epoch's is.
TEST_F(GrowingImages, ImagesHeldOutAreMeasuredAtTheNetworksSize) {
  request_.tuning.sizes = "8:0.5,12";
  request_.tuning.reestimate_norms = false;
  request_.training.epochs = 4;
  const ModelInfo info = fit(request_, data_);
  const int64_t best = best_epoch(info.state.history);
  ASSERT_GT(best, 0);
  const Parts parts = hold_out_part(data_.train, 0.25);
  EXPECT_EQ(evaluate(*load_network(request_.folder, info), data_.train, parts.held_out,
                     info.normalization)
                .share(),
            *info.state.history[static_cast<size_t>(best - 1)].held_out);
}

TEST_F(GrowingImages, StoppedAndResumedInEveryPhaseEqualsUndisturbed) {
  request_.tuning.sizes = "8:0.4,12";  // and the network's size at its end
  const ModelInfo expected = fit(request_, data_);
  const auto values = values_of(request_.folder);
  request_.folder = folder_ / "stopped";
  request_.checkpoint_seconds = 0;
  for (int stops = 0; stops < 100; ++stops) {
    int steps = 0;
    request_.stop = [&] { return ++steps == 1 + stops % 3; };
    try {
      const ModelInfo info = fit(request_, data_);
      EXPECT_EQ(info.state, expected.state);
      EXPECT_EQ(info.test_accuracy, expected.test_accuracy);
      EXPECT_EQ(values_of(request_.folder), values);
      EXPECT_GT(stops, 7);
      return;
    } catch (const Interrupted&) {
      request_.resume = true;
    }
  }
  FAIL() << "the training never ended";
}

TEST_F(GrowingImages, AnEarlyEndIsMeasuredAtTheNetworksSize) {
  request_.training.epochs = 60;
  request_.training.learning_rate = 0;
  request_.tuning.patience = 1;
  request_.tuning.sizes = "8:0.5,16";
  const ModelInfo info = fit(request_, data_);
  EXPECT_LT(info.state.epoch, 30);
  EXPECT_EQ(
      evaluate(*load_network(request_.folder, info), data_.test, {}, info.normalization).share(),
      *info.test_accuracy);
}

TEST_F(GrowingImages, WhatCannotGrowIsRefused) {
  request_.training.auxiliary_weight = 0.4;
  EXPECT_THROW(fit(request_, data_), InputError);
  request_.training.auxiliary_weight = 0;
  request_.tuning.sizes = "1:0.5,16";
  EXPECT_THROW(fit(request_, data_), InputError) << "too small for two reductions";
  request_.tuning.sizes = "8:0.5,12";
  fit(request_, data_);
  request_.resume = true;
  request_.tuning.sizes = "8:0.6,12";
  EXPECT_THROW(fit(request_, data_), InputError) << "another training";
}

/// Parts of a batch are those of the largest images in all phases.
TEST_F(GrowingImages, MemoryIsThatOfTheLargestImages) {
  const auto parts = [&](int edge, const data::ImageSet* sized, const std::string& sizes) {
    graph::StackSettings stack = stack_for(request_.stack, request_.training, data_);
    request_.tuning.sizes = sizes;
    const Training training(TrainingRequest{.genotype = request_.genotype,
                                            .stack = stack,
                                            .settings = request_.training,
                                            .data = data_,
                                            .images = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
                                            .normalization = {{0.5}, {0.5}},
                                            .tuning = request_.tuning,
                                            .sized = sized});
    EXPECT_EQ(training.network->graph().settings.input.height, edge);
    return std::pair(training.split.parts, training.split.total());
  };
  const data::ImageSet small = at_size(data_.train, 8, {}, 1);
  const auto [whole_parts, whole] = parts(16, nullptr, "8:0.5,16");
  const auto [small_parts, of_small] = parts(8, &small, "8:0.5,16");
  EXPECT_EQ(whole, of_small);
  EXPECT_GT(whole, parts(8, &small, "8").second);
  request_.training.memory = std::to_string(whole - 1);
  EXPECT_GT(parts(8, &small, "8:0.5,16").first, 1);
  EXPECT_EQ(parts(8, &small, "8:0.5,16"), parts(16, nullptr, "8:0.5,16"));
}

}  // namespace
}  // namespace nasnet::train
