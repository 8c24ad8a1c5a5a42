#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nasnet/base/progress.h"
#include "nasnet/graph/build.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/network/backend.h"
#include "nasnet/search/evaluators/child_split.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/fit.h"
#include "nasnet/train/training.h"
#include "tests/search/evaluators/children.h"

// A child, a `train` and a `train` that was stopped and resumed are the same training where their
// settings are the same, each setting by itself.

namespace nasnet::search {
namespace {

using nlohmann::json;
using train::TrainSettings;

/// A change of one setting that must show in the losses, on top of settings that it needs to count.
struct Change {
  json value;
  json beside = json::object();
};

/// Children of SmallChildren, smaller yet.
SmallChildren tiny_children() {
  SmallChildren children;
  children.data = std::make_shared<data::DataSet>(train::toy_data(96, 16, 4, 12, 3));
  children.settings.training.epochs = 2;
  children.settings.training.learning_rate = 0.05;
  children.settings.train_images = children.settings.validation_images = 32;
  return children;
}

/// Enough for half of a batch with libtorch's operators, whose memory grows with every image.
std::string memory_for_half_a_batch() {
  const SmallChildren children = tiny_children();
  const TrainSettings& settings = children.settings.training;
  const graph::Graph graph =
      graph::build(children.space.decode(children.task(0).choices),
                   train::stack_for({graph::StackKind::kCifar, 1, 4}, settings, *children.data));
  const int64_t images = children.data->train.size();
  const auto estimate =
      train::estimate_training(graph, network::Kernels::kReference, settings,
                               {.images = images, .batch = settings.batch, .replicas = 2});
  return std::to_string(train::process_bytes(network::Kernels::kReference) +
                        children.data->bytes() + estimate.total());
}

/// One for each setting that there is: a new setting needs one too.
const std::map<std::string, Change>& changes() {
  static const json stepwise = {{"schedule", "exponential"}, {"decay_epochs", 0.5}};
  static const json rmsprop = {{"optimizer", "rmsprop"}};
  static const std::map<std::string, Change> all = {
      {"epochs", {3}},
      {"batch", {8}},
      {"replicas", {2}},
      {"optimizer", {"rmsprop"}},
      {"learning_rate", {0.02}},
      {"scale_rate", {true, {{"replicas", 2}}}},
      {"schedule", {"exponential"}},
      {"decay_factor", {0.5, stepwise}},
      {"decay_epochs", {0.25, stepwise}},
      {"warmup_epochs", {1.0}},
      {"momentum", {0.5}},
      {"rmsprop_decay", {0.5, rmsprop}},
      {"rmsprop_epsilon", {0.5, rmsprop}},
      {"weight_decay", {0.01}},
      {"clip", {0.1}},
      {"ema", {0.9}},
      {"label_smoothing", {0.1}},
      {"auxiliary_weight", {0.4}},
      {"drop_path_keep", {0.6}},
      {"crop_padding", {4}},
      {"flip", {false}},
      {"cutout", {4}},
      {"crop_law", {"random"}},
      {"least_area", {0.5, {{"crop_law", "inception"}}}},
      {"colour", {"full"}},
      {"policy", {"trivial"}},
      {"rand_operations", {3, {{"policy", "rand"}}}},
      {"rand_magnitude", {20, {{"policy", "rand"}}}},
      {"erasing", {0.9}},
      {"mixup", {0.4}},
      {"cutmix", {1.0}},
      {"kernels", {"reference"}},
      {"precision", {"bf16"}},
      {"memory", {memory_for_half_a_batch(), {{"kernels", "reference"}}}},
  };
  return all;
}

/// All that a training gives: the loss of each epoch, and its loss on images it has not seen.
struct Losses {
  std::vector<train::EpochRecord> epochs;
  double validation = 0;
  bool operator==(const Losses&) const = default;
};

class TrainingSettings : public testing::Test {
 protected:
  TrainingSettings() { set_progress_style(ProgressStyle::silent); }

  static TrainSettings with(TrainSettings settings, const json& changed) {
    settings_from_json(settings, changed, "test");
    return settings;
  }

  /// The losses of a child of these settings: its evaluation tells the last epoch only.
  Losses child(const TrainSettings& settings) {
    children_.settings.training = settings;
    const Task task = children_.task(0);
    const Measurements result = children_.evaluator()->evaluate(task, {});
    const auto of = [&](const char* name) { return result.at(name); };
    return {{{0, of("train_loss"), of("train_accuracy"), 0}}, of("validation_loss")};
  }

  /// The same training as `train` makes it, on the child's images with the child's seed.
  Losses training(const TrainSettings& settings) {
    const Task task = children_.task(0);
    const ProxySplit split = split_for_proxy(children_.data->train, children_.settings, task.seed);
    const data::Normalization normalization =
        data::measure_normalization(children_.data->train, split.train);
    train::Training training(
        {.genotype = children_.space.decode(task.choices),
         .stack = train::stack_for({graph::StackKind::kCifar, 1, 4}, settings, *children_.data),
         .settings = settings,
         .data = *children_.data,
         .images = split.train,
         .normalization = normalization,
         .evaluation_images = static_cast<int64_t>(split.validation.size()),
         .seed = Random(task.seed, static_cast<uint64_t>(task.number), task.arm).next()});
    training.trainer.run();
    training.trainer.learner().use_average();
    const train::Accuracy accuracy =
        train::evaluate(*training.network, children_.data->train, split.validation, normalization,
                        "", training.split.evaluation_batch);
    train::EpochRecord last = training.trainer.state().history.back();
    last.epoch = 0;
    last.learning_rate = 0;
    return {{last}, accuracy.loss()};
  }

  train::FitRequest request(const TrainSettings& settings, const std::string& name) const {
    train::FitRequest request;
    request.genotype = children_.space.decode(children_.task(0).choices);
    request.stack = {graph::StackKind::kCifar, 1, 4};
    request.training = settings;
    request.device = network::DeviceChoice::kCpu;
    request.folder = folder_.path() / name;
    return request;
  }

  /// All epochs of a `train` that is stopped after its first one where asked for.
  Losses fit(const TrainSettings& settings, const std::string& name, bool stopped) const {
    train::FitRequest asked = request(settings, name);
    if (stopped) {
      struct Stop {};
      asked.checkpoint_seconds = 0;
      asked.after_epoch = [](const train::EpochRecord&) { throw Stop(); };
      EXPECT_THROW(train::fit(asked, *children_.data), Stop);
      asked.after_epoch = {};
      asked.resume = true;
    }
    const train::ModelInfo info = train::fit(asked, *children_.data);
    EXPECT_EQ(settings_to_json(train::load_model_info(asked.folder).training),
              settings_to_json(settings));
    const auto network = train::load_network(
        asked.folder, info, network::choose_computation({}, settings.kernels, settings.precision));
    return {info.state.history,
            train::evaluate(*network, children_.data->test, {}, info.normalization).loss()};
  }

  /// The same training without a folder.
  Losses trainer(const TrainSettings& settings) const {
    const train::FitRequest asked = request(settings, "");
    std::vector<int64_t> all(static_cast<size_t>(children_.data->train.size()));
    std::iota(all.begin(), all.end(), 0);
    const data::Normalization normalization = data::measure_normalization(children_.data->train);
    train::Training training({.genotype = asked.genotype,
                              .stack = train::stack_for(asked.stack, settings, *children_.data),
                              .settings = settings,
                              .data = *children_.data,
                              .images = all,
                              .normalization = normalization,
                              .evaluation_images = children_.data->test.size(),
                              .seed = asked.seed});
    training.trainer.run();
    training.trainer.learner().use_average();
    const train::Accuracy accuracy =
        train::evaluate(*training.network, children_.data->test, {}, normalization, "",
                        training.split.evaluation_batch);
    return {training.trainer.state().history, accuracy.loss()};
  }

  SmallChildren children_ = tiny_children();
  TestFolder folder_;
};

using SlowTrainingSettings = TrainingSettings;

TEST_F(SlowTrainingSettings, EachReachesAChildATrainAndAResumedTrain) {
  TrainSettings base = children_.settings.training;
  for (const Setting& setting : list_settings(base)) {
    SCOPED_TRACE(setting.name);
    const auto change = changes().find(setting.name);
    ASSERT_NE(change, changes().end()) << "say above how it is changed";
    if (setting.name == "precision" && !kernels::can_multiply_bf16()) continue;
    const bool by_libtorch = setting.name == "kernels" || setting.name == "memory";
    if (by_libtorch && !network::find_backend()) continue;
    const TrainSettings before = with(base, change->second.beside);
    const TrainSettings after = with(before, {{setting.name, change->second.value}});
    ASSERT_NE(before, after);

    const Losses of_child = child(after);
    EXPECT_EQ(of_child, training(after));
    EXPECT_NE(of_child, child(before));

    const Losses of_train = fit(after, setting.name, false);
    EXPECT_EQ(of_train, trainer(after));
    EXPECT_EQ(of_train, fit(after, setting.name + "-resumed", true));
    EXPECT_NE(of_train, fit(before, setting.name + "-before", false));
  }
}

TEST_F(TrainingSettings, AChildHasFewDefaultsOfItsOwn) {
  const json of_train = settings_to_json(TrainSettings()),
             of_child = settings_to_json(ChildSettings());
  std::vector<std::string> differ;
  for (const auto& [name, value] : of_train.items()) {
    ASSERT_TRUE(of_child.contains(name)) << name;
    if (of_child[name] != value) differ.push_back(name);
  }
  EXPECT_EQ(differ, (std::vector<std::string>{"auxiliary_weight", "batch", "crop_padding", "epochs",
                                              "learning_rate"}));
}

/// Studies made before children had all training settings named some of them only.
TEST_F(TrainingSettings, OfOldStudiesAreThoseThatTheirChildrenHad) {
  TrainSettings settings = child_training_of_old();
  settings_from_json(settings,
                     {{"epochs", 2},
                      {"batch", 32},
                      {"learning_rate", 0.05},
                      {"kernels", "fused"},
                      {"precision", "float32"},
                      {"memory", ""}},
                     "old study");
  EXPECT_EQ(settings_to_json(settings), json({{"epochs", 2},
                                              {"batch", 32},
                                              {"replicas", 1},
                                              {"optimizer", "sgd"},
                                              {"learning_rate", 0.05},
                                              {"scale_rate", false},
                                              {"schedule", "cosine"},
                                              {"decay_factor", 0.97},
                                              {"decay_epochs", 2.4},
                                              {"warmup_epochs", 0.0},
                                              {"momentum", 0.9},
                                              {"rmsprop_decay", 0.9},
                                              {"rmsprop_epsilon", 1.0},
                                              {"weight_decay", 5e-4},
                                              {"clip", 5.0},
                                              {"ema", 0.0},
                                              {"label_smoothing", 0.0},
                                              {"auxiliary_weight", 0.0},
                                              {"drop_path_keep", 0.6},
                                              {"crop_padding", nullptr},
                                              {"flip", true},
                                              {"cutout", 0},
                                              {"crop_law", "pad"},
                                              {"least_area", 0.08},
                                              {"colour", "none"},
                                              {"policy", "none"},
                                              {"rand_operations", 2},
                                              {"rand_magnitude", 9},
                                              {"erasing", 0.0},
                                              {"mixup", 0.0},
                                              {"cutmix", 0.0},
                                              {"kernels", "fused"},
                                              {"precision", "float32"},
                                              {"memory", ""}}));
}

}  // namespace
}  // namespace nasnet::search
