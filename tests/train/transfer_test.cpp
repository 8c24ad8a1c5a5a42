#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/content.h"
#include "nasnet/graph/build.h"
#include "nasnet/network/contribution.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/fit.h"
#include "nasnet/train/held_out.h"
#include "nasnet/train/layer_groups.h"
#include "nasnet/train/reestimate_norms.h"
#include "nasnet/train/source_model.h"
#include "tests/train/toy_data.h"

// Trainings that begin with another model's weights.

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;
using Values = std::map<std::string, std::vector<float>>;  // by the tensor's name

class Transfer : public testing::Test {
 protected:
  Transfer() {
    set_progress_style(ProgressStyle::silent);
    folder_ =
        fs::temp_directory_path() / ("nasnet-transfer-" + std::to_string(getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    request_.genotype = space::named_genotype("nasnet-a");
    request_.stack = {graph::StackKind::kCifar, 1, 4, 0, {}, false};
    request_.training.epochs = 2;
    request_.training.batch = 16;
    request_.device = network::DeviceChoice::kCpu;
    data_.classes = {"other", "Band1", "band0", "band9"};
    data::fill_contents(data_.train);
    data::fill_contents(data_.test);
  }
  ~Transfer() override { fs::remove_all(folder_); }

  /// A model of classes band0 to band3.
  const fs::path& source(const data::DataSet& data = toy_data(96, 20)) {
    source_ = folder_ / "source";
    if (is_model(source_)) return source_;
    FitRequest request = request_;
    request.folder = source_;
    fit(request, data);
    return source_;
  }

  /// A training that begins with it.
  FitRequest tuning(const std::string& name) {
    FitRequest request = request_;
    request.from = source();
    request.folder = folder_ / name;
    request.training.epochs = 3;
    request.tuning.head_epochs = 1;
    return request;
  }

  static Values values_of(const network::Network& network) {
    Values values;
    for (const network::NamedTensor& one : named_tensors(network))
      values[one.name] = one.tensor->row_major();
    return values;
  }
  static Values values_of(const fs::path& folder) {
    return values_of(*load_network(folder, load_model_info(folder)));
  }
  static bool is_head(const std::string& name) {
    return name.starts_with("final_layer") || name.starts_with("aux_");
  }
  static std::vector<float> row(const std::vector<float>& values, size_t rows, size_t row) {
    const size_t width = values.size() / rows;
    return {values.begin() + static_cast<std::ptrdiff_t>(row * width),
            values.begin() + static_cast<std::ptrdiff_t>((row + 1) * width)};
  }

  /// A network with the source's weights for these classes and this input.
  TakenWeights take(const std::vector<std::string>& classes, graph::Shape input,
                    std::unique_ptr<network::Network>& network, bool auxiliary = true) {
    const SourceModel from = load_source(source_);
    ModelInfo info = from.info;
    info.classes = classes;
    info.stack.classes = static_cast<int>(classes.size());
    info.stack.input = input;
    info.stack.auxiliary_head = auxiliary;
    network = network::make_network(graph::build(info.genotype, info.stack), 7);
    return take_weights(from, info, *network);
  }

  fs::path folder_, source_;
  FitRequest request_;
  data::DataSet data_ = toy_data(96, 40);
};

TEST_F(Transfer, AnEpochOfTheHeadsLeavesAllElseBitForBit) {
  FitRequest request = tuning("tuned");
  request.training.epochs = 1;
  request.training.ema = 0.9;
  request.training.drop_path_keep = 0.7;
  request.training.weight_decay = 0.01;
  std::vector<std::string> told;
  request.tell = [&](const std::string& line) { told.push_back(line); };
  fit(request, data_);
  const Values before = values_of(source_), after = values_of(request.folder);
  ASSERT_EQ(before.size(), after.size());
  for (const auto& [name, values] : after) {
    if (is_head(name)) {
      if (name.ends_with("weights")) {
        EXPECT_NE(values, before.at(name)) << name;
      }
    } else {
      EXPECT_EQ(values, before.at(name)) << name;
    }
  }
  ASSERT_EQ(told.size(), 4u);
  EXPECT_NE(told[0].find("class rows: 2 copied, 2 new (other, band9)"), std::string::npos)
      << told[0];
  EXPECT_EQ(told[2],
            "learning rates from epoch 1: 0.025 heads; frozen: cell_2, reduction_cell_1, cell_1, "
            "reduction_cell_0, cell_0, l1_stem");
  EXPECT_TRUE(told[3].starts_with("estimated time: ")) << told[3];
  EXPECT_TRUE(told[3].ends_with(" core-hours on 1 core, for 6 steps of 16 images")) << told[3];
}

TEST_F(Transfer, FrozenCellsStayBitForBitOverTheWholeTraining) {
  FitRequest request = tuning("tuned");
  request.tuning.freeze = "2";
  request.tuning.norm_momentum = NormMomentum::kEpoch;
  fit(request, data_);
  const Values before = values_of(source_), after = values_of(request.folder);
  for (const auto& [name, values] : after) {
    const bool frozen = name.starts_with("l1_stem") || name.starts_with("cell_0/") ||
                        name.starts_with("reduction_cell_0/");
    if (frozen) {
      EXPECT_EQ(values, before.at(name)) << name;
    }
    if (!frozen && name.ends_with("weights")) {
      EXPECT_NE(values, before.at(name)) << name;
    }
    if (!frozen && name.ends_with("moving_mean")) {
      EXPECT_NE(values, before.at(name)) << name;
    }
  }
}

TEST_F(Transfer, ClassRowsAreCopiedByName) {
  source();
  std::unique_ptr<network::Network> network;
  const TakenWeights taken = take({"BAND2", "new", "band0"}, {12, 12, 1}, network);
  EXPECT_EQ(taken.copied, (std::vector<std::string>{"BAND2", "band0"}));
  EXPECT_EQ(taken.fresh, (std::vector<std::string>{"new"}));
  EXPECT_TRUE(taken.renewed.empty());
  const Values before = values_of(source_), after = values_of(*network);
  const Values drawn = values_of(*network::make_network(network->graph(), 7));
  int heads = 0;
  for (const auto& [name, values] : after) {
    if (!is_head(name) || name.find("/FC/") == std::string::npos) {
      EXPECT_EQ(values, before.at(name)) << name;
      continue;
    }
    ++heads;
    EXPECT_EQ(row(values, 3, 0), row(before.at(name), 4, 2)) << name;
    EXPECT_EQ(row(values, 3, 1), row(drawn.at(name), 3, 1)) << name;
    EXPECT_EQ(row(values, 3, 2), row(before.at(name), 4, 0)) << name;
  }
  EXPECT_EQ(heads, 4) << "weights and biases of two heads";
  EXPECT_EQ(taken.tensors, std::ssize(after) - heads);
}

/// TF-slim's networks for ImageNet have a class for none of them before all others.
TEST_F(Transfer, ABackgroundBeforeAllClassesMovesNoRow) {
  data::DataSet data = toy_data(96, 0, 5);
  data.classes = {"background", "a", "b", "c", "d"};
  source(data);
  std::unique_ptr<network::Network> network;
  const TakenWeights taken = take({"a", "b", "c", "d"}, {12, 12, 1}, network);
  EXPECT_EQ(taken.copied.size(), 4u);
  const auto before = values_of(source_).at("final_layer/FC/weights");
  const auto after = values_of(*network).at("final_layer/FC/weights");
  for (size_t k = 0; k < 4; ++k) EXPECT_EQ(row(after, 4, k), row(before, 5, k + 1));
}

TEST_F(Transfer, ImagesOfAnotherSizeHaveAnAuxiliaryHeadOfTheirOwn) {
  source();
  std::unique_ptr<network::Network> network;
  // A head on a map of 2 x 2 pixels in place of one on 1 x 1.
  const TakenWeights taken = take({"band0", "band1"}, {32, 32, 1}, network);
  const Values before = values_of(source_), after = values_of(*network);
  EXPECT_EQ(taken.renewed, (std::vector<std::string>{"aux_1/aux_logits/Conv/weights"}));
  const Values drawn = values_of(*network::make_network(network->graph(), 7));
  for (const std::string kept : {"aux_1/aux_logits/Conv/weights", "aux_1/aux_logits/FC/weights"})
    EXPECT_EQ(after.at(kept), drawn.at(kept));
  EXPECT_EQ(row(after.at("final_layer/FC/weights"), 2, 0),
            row(before.at("final_layer/FC/weights"), 4, 0));
  take({"band0", "band1"}, {40, 28, 1}, network, false);
  EXPECT_EQ(values_of(*network).count("aux_1/aux_logits/FC/weights"), 0u);
}

TEST_F(Transfer, AnotherStackIsRefused) {
  FitRequest request = tuning("tuned");
  request.stack.filters = 8;
  EXPECT_THROW(fit(request, data_), InputError);
  request.stack.filters = 4;
  request.genotype = space::named_genotype("enas");
  EXPECT_THROW(fit(request, data_), InputError);
}

TEST_F(Transfer, KeptLayersNeedASource) {
  request_.folder = folder_ / "scratch";
  request_.tuning.head_epochs = 1;
  EXPECT_THROW(fit(request_, data_), InputError);
  request_.tuning = {.freeze = "stem"};
  EXPECT_THROW(fit(request_, data_), InputError);
}

/// A colour network answers to a grey picture as to the one with three equal channels, and back.
TEST_F(Transfer, GreyAndColourStandForEachOther) {
  for (const int channels : {1, 3}) {
    fs::remove_all(folder_);
    request_.stack = {graph::StackKind::kMobile, 1, 8, 0, {}, false};
    request_.training.epochs = 1;
    data::DataSet data = toy_data(32, 0, 4, 32, channels);
    for (size_t i = 0; i < data.train.pixels.size(); i += 3)
      data.train.pixels[i] /= 2;  // other means by channel
    source(data);
    const ModelInfo info = load_model_info(source_);
    const int others = 4 - channels;
    std::unique_ptr<network::Network> network;
    ModelInfo changed = info;
    changed.stack.input.channels = others;
    changed.stack.auxiliary_head = false;
    changed.normalization = {std::vector<double>(others, 0.4), std::vector<double>(others, 0.3)};
    network = network::make_network(graph::build(changed.genotype, changed.stack), 7);
    const TakenWeights taken = take_weights(load_source(source_), changed, *network);
    EXPECT_EQ(taken.channels_before, channels);
    EXPECT_EQ(taken.channels, others);

    const data::DataSet grey = toy_data(4, 0, 4, 32, 1);
    data::ImageSet colour = grey.train;
    colour.channels = 3;
    colour.pixels.clear();
    for (const uint8_t pixel : grey.train.pixels)
      colour.pixels.insert(colour.pixels.end(), 3, pixel);
    const auto logits = [&](network::Network& of, int taking, const data::Normalization& by) {
      return of.infer(data::to_input(taking == 1 ? grey.train : colour, 0, 4, by)).row_major();
    };
    const auto own = load_network(source_, info);
    const auto expected = logits(*own, channels, info.normalization);
    const auto actual = logits(*network, others, changed.normalization);
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(actual[i], expected[i], 1e-5 * std::max(20.0f, std::abs(expected[i])));
  }
  EXPECT_THROW(
      {
        std::unique_ptr<network::Network> network;
        take({"a", "b"}, {32, 32, 2}, network);
      },
      Error);
}

/// The source may be gone meanwhile.
TEST_F(Transfer, StoppedAndResumedWithoutTheSourceEqualsUndisturbed) {
  FitRequest request = tuning("undisturbed");
  request.training.epochs = 5;
  request.training.ema = 0.9;
  request.tuning.head_epochs = 2;
  request.tuning.layer_decay = 0.7;
  request.tuning.hold_out = 0.25;
  request.tuning.reestimate_norms = true;
  const ModelInfo expected = fit(request, data_);
  ASSERT_EQ(expected.state.history.size(), 5u);
  const Values values = values_of(request.folder);
  request.folder = folder_ / "stopped";
  request.checkpoint_seconds = 0;
  for (int stops = 0; stops < 100; ++stops) {
    int steps = 0;
    request.stop = [&] { return ++steps == 2; };
    try {
      const ModelInfo info = fit(request, data_);
      EXPECT_EQ(info.state, expected.state);
      EXPECT_EQ(info.test_accuracy, expected.test_accuracy);
      EXPECT_EQ(info.from_digest, expected.from_digest);
      EXPECT_EQ(values_of(request.folder), values);
      EXPECT_GT(stops, 7);
      return;
    } catch (const Interrupted&) {
      request.resume = true;
      request.from.clear();
      fs::remove_all(source_);
    }
  }
  FAIL() << "the training never ended";
}

TEST_F(Transfer, ResumeRefusesAnotherSource) {
  FitRequest request = tuning("tuned");
  request.stop = [] { return true; };
  EXPECT_THROW(fit(request, data_), Interrupted);
  request.resume = true;
  FitRequest other = request_;
  other.folder = folder_ / "other";
  other.seed = 5;
  fit(other, toy_data(96, 0));
  request.from = other.folder;
  EXPECT_THROW(fit(request, data_), InputError);
}

TEST_F(Transfer, TheModelIsTheBestOnWhatIsHeldOut) {
  request_.training.epochs = 8;
  request_.tuning.hold_out = 0.3;
  request_.folder = folder_ / "model";
  const ModelInfo info = fit(request_, data_);
  const Parts parts = hold_out_part(data_.train, 0.3);
  EXPECT_NEAR(static_cast<double>(parts.held_out.size()), 0.3 * 96, 3);
  const int64_t best = best_epoch(info.state.history);
  ASSERT_GT(best, 0);
  const auto network = load_network(request_.folder, info);
  EXPECT_EQ(evaluate(*network, data_.train, parts.held_out, info.normalization).share(),
            *info.state.history[static_cast<size_t>(best - 1)].held_out);
  for (const EpochRecord& record : info.state.history) {
    ASSERT_TRUE(record.held_out);
    EXPECT_LE(*record.held_out, *info.state.history[static_cast<size_t>(best - 1)].held_out);
  }
  EXPECT_EQ(load_model_info(request_.folder).state.history, info.state.history);
}

TEST_F(Transfer, ATrainingThatImprovesNoMoreEnds) {
  request_.training.epochs = 60;
  request_.training.learning_rate = 0;
  request_.tuning.hold_out = 0.3;
  request_.tuning.patience = 2;
  request_.folder = folder_ / "model";
  std::vector<EpochRecord> history = fit(request_, data_).state.history;
  const auto since = static_cast<int64_t>(history.size()) - best_epoch(history);
  EXPECT_EQ(since, 2);
  EXPECT_LT(history.size(), 60u);

  request_.tuning.measure_every = 2;
  request_.folder = folder_ / "every-second";
  history = fit(request_, data_).state.history;
  for (const EpochRecord& record : history)
    EXPECT_EQ(record.held_out.has_value(), record.epoch % 2 == 0);
  EXPECT_EQ(history.size() % 2, 0u);
}

TEST_F(Transfer, NormsAreMeasuredAnewByTheMeanOfTheirBatches) {
  source();
  const ModelInfo info = load_model_info(source_);
  std::vector<int64_t> indices(40);
  for (size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<int64_t>(2 * i);
  const auto network = load_network(source_, info);
  // Three batches of 13, 13 and 14 images.
  std::vector<std::vector<double>> expected;
  for (const auto& [first, last] : {std::pair{0, 13}, {13, 26}, {26, 40}}) {
    data::Batches batches(data_.train, {indices.begin() + first, indices.begin() + last},
                          info.normalization, {.batch = last - first});
    batches.start(0);
    data::Batch batch;
    ASSERT_TRUE(batches.next(batch));
    const std::vector<Tensor> statistics = network->batch_statistics(batch.images);
    expected.resize(statistics.size());
    for (size_t k = 0; k < statistics.size(); ++k) {
      expected[k].resize(statistics[k].values().size());
      for (size_t i = 0; i < expected[k].size(); ++i)
        expected[k][i] += (last - first) / 40.0 * statistics[k].values()[i];
    }
  }
  const Values before = values_of(*network);
  reestimate_norms(*network, data_.train, indices, info.normalization, 12, nullptr);
  const std::vector<size_t> places = network::running_statistics(network->graph());
  for (size_t k = 0; k < places.size(); ++k)
    for (size_t i = 0; i < expected[k].size(); ++i)
      ASSERT_NEAR(network->tensors()[places[k]].values()[i], expected[k][i],
                  1e-6 * std::max(1.0, std::abs(expected[k][i])));
  for (const auto& [name, values] : values_of(*network))
    if (name.find("moving_") == std::string::npos) {
      EXPECT_EQ(values, before.at(name)) << name;
    }

  const auto threads = load_network(source_, info, {.threads = 2});
  reestimate_norms(*threads, data_.train, indices, info.normalization, 12, nullptr);
  EXPECT_EQ(values_of(*threads), values_of(*network));
}

}  // namespace
}  // namespace nasnet::train
