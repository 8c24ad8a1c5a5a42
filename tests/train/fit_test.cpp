#include "nasnet/train/fit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/network/weight_average.h"
#include "nasnet/network/weights.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/evaluate.h"
#include "tests/train/toy_data.h"

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;

class Fit : public testing::Test {
 protected:
  Fit() {
    folder_ =
        fs::temp_directory_path() / ("nasnet-fit-" + std::to_string(getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    request_.genotype = space::named_genotype("nasnet-a");
    request_.stack = {graph::StackKind::kCifar, 1, 4, 0, {}, false};
    request_.training.epochs = 3;
    request_.training.batch = 16;
    request_.training.drop_path_keep = 0.8;
    request_.training.cutout = 4;
    request_.device = network::DeviceChoice::kCpu;
    request_.folder = folder_ / "model";
  }
  ~Fit() override { fs::remove_all(folder_); }

  /// The trained tensors' bytes.
  std::string weights(const fs::path& folder) const {
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().filename().string().starts_with("weights-")) return read_file(entry.path());
    return "";
  }

  void expect_same_after_stops();

  static std::vector<std::string> files(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
      names.push_back(entry.path().filename().string());
    return names;
  }

  fs::path folder_;
  FitRequest request_;
  data::DataSet data_ = toy_data(96, 200);
};

/// Less memory, and the same weights bit for bit.
TEST_F(Fit, ComputesCellsAgainInLittleMemory) {
  std::vector<std::string> lines;
  request_.tell = [&](const std::string& line) { lines.push_back(line); };
  request_.stack.cells = 3;
  request_.stack.filters = 16;
  request_.training.batch = 48;
  request_.training.epochs = 1;
  request_.training.ema = 0.9;
  fit(request_, data_);
  const nlohmann::json whole =
      nlohmann::json::parse(read_file(request_.folder / "manifest.json")).at("memory");
  EXPECT_EQ(whole.at("recomputed_cells"), 0);
  EXPECT_EQ(whole.at("batch_parts"), 1);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].starts_with("memory: about ")) << lines[0];
  const std::string kept = weights(request_.folder);

  request_.folder = folder_ / "again";
  request_.training.memory = std::to_string(whole.at("estimate").get<int64_t>() - 12'000'000);
  fit(request_, data_);
  const nlohmann::json again =
      nlohmann::json::parse(read_file(request_.folder / "manifest.json")).at("memory");
  EXPECT_GT(again.at("recomputed_cells"), 0);
  EXPECT_EQ(again.at("batch_parts"), 1);
  EXPECT_LT(again.at("estimate"), whole.at("estimate"));
  EXPECT_NE(lines.at(2).find("computed again"), std::string::npos) << lines[2];
  EXPECT_TRUE(weights(request_.folder) == kept);
}

TEST_F(Fit, LearnsAndIsMeasuredOnTestImages) {
  request_.training = {};
  request_.training.epochs = 6;
  request_.training.batch = 16;
  request_.training.crop_padding = 0;
  request_.training.flip = false;
  data_ = toy_data(400, 200);
  std::vector<EpochRecord> epochs;
  request_.after_epoch = [&](const EpochRecord& record) { epochs.push_back(record); };
  const ModelInfo info = fit(request_, data_);
  ASSERT_EQ(epochs.size(), 6u);
  EXPECT_LT(epochs.back().loss, epochs.front().loss);
  ASSERT_TRUE(info.test_accuracy.has_value());
  EXPECT_GT(*info.test_accuracy, 0.9);
  EXPECT_EQ(info.test_images, 200);

  // The folder alone gives the same accuracy.
  const ModelInfo loaded = load_model_info(request_.folder);
  const auto network = load_network(request_.folder, loaded);
  const Accuracy again = evaluate(*network, data_.test, {}, loaded.normalization);
  EXPECT_EQ(again.share(), *info.test_accuracy);
  EXPECT_TRUE(loaded.finished);
  EXPECT_EQ(loaded.state.history, info.state.history);
}

/// Trains request_ undisturbed, then again in another folder with a stop in every epoch.
void Fit::expect_same_after_stops() {
  const ModelInfo undisturbed = fit(request_, data_);
  const std::string expected = weights(request_.folder);

  // Save after every step and stop, as a kill between two steps would leave it.
  request_.folder = folder_ / "killed";
  request_.checkpoint_seconds = 0;
  struct Stop {};
  for (int attempt = 0; attempt < 100; ++attempt) {
    FitRequest request = request_;
    request.resume = attempt > 0;
    int64_t before = is_model(request.folder) ? load_model_info(request.folder).state.step : 0;
    request.after_epoch = [&](const EpochRecord&) {
      // The epoch's last step is not saved yet: it is done again by the next attempt.
      if (before < load_model_info(request_.folder).state.step) throw Stop();
    };
    try {
      const ModelInfo info = fit(request, data_);
      EXPECT_EQ(info.state, undisturbed.state);
      EXPECT_EQ(*info.test_accuracy, *undisturbed.test_accuracy);
      EXPECT_EQ(weights(request_.folder), expected);
      EXPECT_GT(attempt, 1);
      EXPECT_EQ(files(request_.folder).size(), 3u) << "manifest, weights, training images";
      return;
    } catch (const Stop&) {
    }
  }
  FAIL() << "the training never ended";
}

TEST_F(Fit, StoppedAndResumedEqualsUndisturbed) {
  expect_same_after_stops();
}

TEST_F(Fit, StoppedAndResumedEqualsUndisturbedForRmspropAndAverage) {
  request_.training.optimizer = Optimizer::kRmsprop;
  request_.training.schedule = Schedule::kExponential;
  request_.training.decay_epochs = 0.7;
  request_.training.warmup_epochs = 0.5;
  request_.training.ema = 0.9;
  request_.training.batch = 6;
  request_.training.replicas = 3;
  request_.stack = {graph::StackKind::kMobile, 1, 8, 0, {}, false};
  data_ = toy_data(96, 40, 4, 32);
  expect_same_after_stops();
}

TEST_F(Fit, AnUnfinishedModelIsUsedWithItsAverage) {
  request_.training.ema = 0.9;
  request_.checkpoint_seconds = 0;
  struct Stop {};
  request_.after_epoch = [](const EpochRecord&) { throw Stop(); };
  EXPECT_THROW(fit(request_, data_), Stop);
  const ModelInfo info = load_model_info(request_.folder);
  EXPECT_FALSE(info.finished);
  EXPECT_EQ(files(request_.folder).size(), 5u)
      << "manifest, weights, momentum, ema, training images";
  const auto used = load_network(request_.folder, info);
  const auto first_of = [&](const std::string& kind) {
    for (const std::string& name : files(request_.folder))
      if (name.starts_with(kind))
        return network::read_tensors(request_.folder / name, named_tensors(*used))[0].row_major();
    return std::vector<float>();
  };
  EXPECT_EQ(used->tensors()[0].row_major(), first_of("ema-"));
  EXPECT_NE(used->tensors()[0].row_major(), first_of("weights-"));
}

TEST_F(Fit, TheFinishedModelIsTheAverage) {
  request_.training.ema = 0.9;
  const ModelInfo info = fit(request_, data_);
  const auto finished = load_network(request_.folder, info);
  EXPECT_EQ(evaluate(*finished, data_.test, {}, info.normalization).share(), *info.test_accuracy);

  // The same training by hand, which keeps no average.
  const auto network = network::make_network(finished->graph(), info.seed);
  std::vector<std::vector<double>> expected;
  for (const Tensor& tensor : network->tensors())
    expected.emplace_back(tensor.values().begin(), tensor.values().end());
  TrainSettings settings = request_.training;
  settings.ema = 0;
  std::vector<int64_t> all(static_cast<size_t>(data_.train.size()));
  std::iota(all.begin(), all.end(), 0);
  Trainer trainer(*network, data_.train, all, info.normalization, settings, info.seed);
  trainer.run([&](const TrainState& state) {
    const double decay = network::average_decay(0.9, state.step);
    for (size_t p = 0; p < expected.size(); ++p)
      for (size_t i = 0; i < expected[p].size(); ++i)
        expected[p][i] = decay * expected[p][i] + (1 - decay) * network->tensors()[p].values()[i];
    return true;
  });
  EXPECT_EQ(trainer.state(), info.state) << "the average does not disturb the training";
  double from_average = 0, from_raw = 0;
  for (size_t p = 0; p < expected.size(); ++p)
    for (size_t i = 0; i < expected[p].size(); ++i) {
      const double value = finished->tensors()[p].values()[i];
      from_average = std::max(from_average, std::abs(expected[p][i] - value));
      from_raw = std::max(from_raw, std::abs(network->tensors()[p].values()[i] - value));
    }
  EXPECT_LT(from_average, 1e-4);
  EXPECT_GT(from_raw, 1e-2);
}

TEST_F(Fit, ResumeRefusesAnotherTraining) {
  fit(request_, data_);
  EXPECT_THROW(fit(request_, data_), InputError) << "a model is never overwritten";
  request_.resume = true;
  EXPECT_NO_THROW(fit(request_, data_));
  for (int change = 0; change < 5; ++change) {
    FitRequest other = request_;
    data::DataSet data = data_;
    if (change == 0) other.seed = 2;
    if (change == 1) other.training.learning_rate = 0.1;
    if (change == 2) other.stack.filters = 8;
    if (change == 3) other.genotype = space::named_genotype("enas");
    if (change == 4) data.train.pixels[0] ^= 1;
    EXPECT_THROW(fit(other, data), InputError) << change;
  }
}

TEST_F(Fit, AFolderThatCannotBeIsSaidBeforeTheTraining) {
  write_file(folder_ / "model", "a file, where the folder should be");
  request_.after_epoch = [](const EpochRecord&) { FAIL() << "trained all the same"; };
  EXPECT_THROW(fit(request_, data_), SystemError);
  EXPECT_EQ(read_file(folder_ / "model"), "a file, where the folder should be");
}

TEST_F(Fit, DamagedModelsAreRefused) {
  fit(request_, data_);
  const std::string manifest = read_file(request_.folder / "manifest.json");
  const auto refuse = [&](const std::string& text) {
    write_file(request_.folder / "manifest.json", text);
    EXPECT_THROW(
        {
          const ModelInfo info = load_model_info(request_.folder);
          load_network(request_.folder, info);
        },
        InputError)
        << text.substr(0, 80);
  };
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = manifest;
    EXPECT_NE(text.find(from), std::string::npos) << from;
    return text.replace(text.find(from), from.size(), to);
  };
  refuse("");
  refuse("{}");
  refuse(manifest.substr(0, manifest.size() / 2));
  refuse(replaced("\"version\": 1", "\"version\": 2"));
  refuse(replaced("\"filters\": 4", "\"filters\": 8"));
  refuse(replaced("\"filters\": 4", "\"filters\": \"many\""));
  refuse(replaced("weights-", "../weights-"));
  EXPECT_THROW(load_model_info(folder_ / "nowhere"), InputError);
}

TEST_F(Fit, AResumedStateMustNotContradictItself) {
  request_.stop = [] { return true; };
  EXPECT_THROW(fit(request_, data_), Interrupted);
  std::string manifest = read_file(request_.folder / "manifest.json");
  const std::string step = "\"step\": 1";
  ASSERT_NE(manifest.find(step), std::string::npos);
  write_file(request_.folder / "manifest.json",
             manifest.replace(manifest.find(step), step.size(), "\"step\": 2"));
  request_.resume = true;
  try {
    fit(request_, data_);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "the saved training is damaged: step 2 is not batch 1 of epoch 0");
  }
}

TEST_F(Fit, WeightsThatDoNotFitAreAllListed) {
  fit(request_, data_);
  const ModelInfo info = load_model_info(request_.folder);
  const auto network = load_network(request_.folder, info);
  std::vector<network::NamedTensor> tensors = named_tensors(*network);
  tensors[0].name = "other";
  Tensor broken = *tensors[1].tensor, flat({1, tensors[2].tensor->size()});
  broken.change()[0] = std::nanf("");
  tensors[1].tensor = &broken;
  tensors[2].tensor = &flat;
  network::write_tensors(folder_ / "bad.safetensors", tensors);
  try {
    network::read_tensors(folder_ / "bad.safetensors", named_tensors(*network));
    FAIL();
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("l1_stem_3x3/weights is missing"), std::string::npos) << message;
    EXPECT_NE(message.find("other is not wanted"), std::string::npos) << message;
    EXPECT_NE(message.find("not finite"), std::string::npos) << message;
    EXPECT_NE(message.find("has shape"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST_F(Fit, ItIsSavedAtTheFirstEpochsEnd) {
  struct Kill {};
  int epochs = 0;
  request_.after_epoch = [&](const EpochRecord&) {
    if (++epochs == 2) throw Kill();
  };
  EXPECT_THROW(fit(request_, data_), Kill);
  EXPECT_GE(load_model_info(request_.folder).state.epoch, 1);
}

TEST_F(Fit, KeptCheckpointsAreWholeModelsThatGoOn) {
  request_.keep_checkpoints = 2;
  fit(request_, data_);
  const std::string expected = weights(request_.folder);
  const fs::path kept = request_.folder / "checkpoints";
  std::vector<std::string> names = files(kept);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"epoch-000002", "epoch-000003"}));
  const ModelInfo second = load_model_info(kept / "epoch-000002");
  EXPECT_EQ(second.state.epoch, 2);
  EXPECT_FALSE(second.finished);
  EXPECT_NO_THROW(load_network(kept / "epoch-000002", second));
  EXPECT_EQ(weights(kept / "epoch-000003"), expected);
  // The second epoch's goes on to the same end, and stays what it was.
  const std::string before = weights(kept / "epoch-000002");
  fs::copy(kept / "epoch-000002", folder_ / "again", fs::copy_options::recursive);
  request_.folder = folder_ / "again";
  request_.resume = true;
  fit(request_, data_);
  EXPECT_EQ(weights(request_.folder), expected);
  EXPECT_EQ(weights(kept / "epoch-000002"), before);
}

TEST_F(Fit, ItIsSavedWhenNobodyReadsTheReportAnyMore) {
  request_.checkpoint_seconds = 1000;
  request_.after_epoch = [&](const EpochRecord& record) {
    if (record.epoch == 2) throw SystemError("cannot write the output: Broken pipe");
  };
  EXPECT_THROW(fit(request_, data_), SystemError);
  const ModelInfo info = load_model_info(request_.folder);
  EXPECT_FALSE(info.finished);
  EXPECT_EQ(info.state.epoch, 2);
  request_.after_epoch = {};
  request_.resume = true;
  EXPECT_TRUE(fit(request_, data_).finished);
}

TEST_F(Fit, ASaveThatFailsLeavesTheOlderStateAlone) {
  request_.checkpoint_seconds = 0;
  request_.after_epoch = [&](const EpochRecord& record) {
    // A folder takes the place that the next step's momentum wants.
    const auto next = fmt::format("momentum-{:08}.safetensors", 6 * record.epoch + 1);
    if (record.epoch == 2) fs::create_directories(request_.folder / next / "full");
  };
  EXPECT_THROW(fit(request_, data_), SystemError);
  const ModelInfo info = load_model_info(request_.folder);
  EXPECT_EQ(info.state.step, 12);
  EXPECT_NO_THROW(load_network(request_.folder, info));
  for (const std::string& name : files(request_.folder))
    EXPECT_FALSE(name.starts_with("weights-00000013")) << "in the way of the next save";
}

/// Its loss is a number, and the step after it would be too late to say so.
TEST_F(Fit, AGradientThatIsNotANumberEndsTheTrainingAtItsStep) {
  request_.training.weight_decay = 1e39;  // infinite as a float
  request_.training.epochs = 1;
  data_ = toy_data(16, 0);
  try {
    fit(request_, data_);
    FAIL();
  } catch (const NotANumber& error) {
    EXPECT_NE(std::string(error.what()).find("the gradient is not a number at step 1"),
              std::string::npos)
        << error.what();
  }
}

TEST_F(Fit, ANetworkThatIsNotFiniteIsNotSaved) {
  request_.training.learning_rate = 1e39;  // infinite as a float
  request_.training.epochs = 1;
  data_ = toy_data(16, 0);
  try {
    fit(request_, data_);
    FAIL();
  } catch (const NotANumber& error) {
    EXPECT_NE(std::string(error.what()).find("is not a number after step 1; try a lower"),
              std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(is_model(request_.folder));
}

TEST_F(Fit, ABrokenNetworkIsNotMeasured) {
  fit(request_, data_);
  const ModelInfo info = load_model_info(request_.folder);
  const auto network = load_network(request_.folder, info);
  std::vector<Tensor> tensors = network->tensors();
  for (size_t i = 0; i < tensors.size(); ++i)
    if (network->graph().parameters[i].name.ends_with("moving_variance"))
      std::ranges::fill(tensors[i].change(), -1.0f);
  network->set_tensors(tensors);
  EXPECT_THROW(evaluate(*network, data_.test, {}, info.normalization), NotANumber);
}

TEST_F(Fit, ModelsOfEarlierVersionsKnowTheCentralShareAlone) {
  request_.preparation = {.resize = data::Resize::kPad,
                          .interpolation = data::Interpolation::kBicubic,
                          .central_crop = 0.5};
  fit(request_, data_);
  EXPECT_EQ(load_model_info(request_.folder).preparation, request_.preparation);
  nlohmann::json manifest = nlohmann::json::parse(read_file(request_.folder / "manifest.json"));
  EXPECT_EQ(
      manifest.at("preparation"),
      (nlohmann::json{{"resize", "pad"}, {"interpolation", "bicubic"}, {"central_crop", 0.5}}));
  manifest.erase("preparation");
  manifest["central_crop"] = 0.875;
  write_file(request_.folder / "manifest.json", manifest.dump());
  const data::Preparation old = {.central_crop = 0.875};
  EXPECT_EQ(load_model_info(request_.folder).preparation, old);
  manifest["central_crop"] = 2;
  write_file(request_.folder / "manifest.json", manifest.dump());
  EXPECT_THROW(load_model_info(request_.folder), InputError);
}

TEST_F(Fit, AStackIsStoredInWordsOfWhichUnknownOnesAreRefused) {
  request_.stack.stack = graph::StackKind::kCifar;
  fit(request_, data_);
  const std::filesystem::path file = request_.folder / "manifest.json";
  nlohmann::json manifest = nlohmann::json::parse(read_file(file));
  EXPECT_EQ(manifest.at("stack").at("name"), "cifar");
  EXPECT_EQ(manifest.at("stack").at("pooling"), "slim");
  manifest["stack"]["pooling"] = "timm";
  write_file(file, manifest.dump());
  EXPECT_EQ(load_model_info(request_.folder).stack.pooling, graph::Pooling::kTimm);
  manifest["stack"].erase("pooling");  // models of earlier versions have none
  write_file(file, manifest.dump());
  EXPECT_EQ(load_model_info(request_.folder).stack.pooling, graph::Pooling::kSlim);
  manifest["stack"]["name"] = "tower";
  write_file(file, manifest.dump());
  try {
    load_model_info(request_.folder);
    FAIL() << "the stack is unknown";
  } catch (const InputError& error) {
    EXPECT_EQ(error.what(), file.string() +
                                ": unknown stack 'tower'; choose from cifar, mobile, large, "
                                "pnasnet-mobile, pnasnet-large");
  }
}

TEST_F(Fit, DivergenceIsAnErrorWithACause) {
  request_.training.learning_rate = 100;
  request_.training.clip = 0;
  request_.training.weight_decay = 1;
  request_.training.epochs = 200;
  EXPECT_THROW(fit(request_, data_), Error);
}

}  // namespace
}  // namespace nasnet::train
