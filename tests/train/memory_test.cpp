#include "nasnet/train/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/trainer.h"
#include "tests/train/toy_data.h"

namespace nasnet::train {
namespace {

using network::Kernels;

class Memory : public testing::Test {
 protected:
  graph::Graph graph_ = graph::build(space::named_genotype("nasnet-a"),
                                     {graph::StackKind::kCifar, 1, 8, 10, {32, 32, 3}, false});
  TrainSettings settings_;
  TrainingShape shape_ = {.images = 1000, .batch = 48};

  /// Of the batch split among so many replicas.
  int64_t estimate(Kernels kernels, int64_t replicas) {
    TrainingShape shape = shape_;
    shape.replicas = replicas;
    return estimate_training(graph_, kernels, settings_, shape).total();
  }
};

TEST_F(Memory, GrowsWithTheReplicasBatchAndWithTheTensorsKept) {
  for (const Kernels kernels : {Kernels::kFused, Kernels::kReference}) {
    EXPECT_LT(estimate(kernels, 48), estimate(kernels, 3));
    EXPECT_LT(estimate(kernels, 3), estimate(kernels, 1));
  }
  // Fused results lie in one block that is laid out; libtorch keeps far more.
  EXPECT_GT(estimate(Kernels::kReference, 1), 3 * estimate(Kernels::kFused, 1) / 2);
  const int64_t plain = estimate(Kernels::kFused, 3);
  settings_.optimizer = Optimizer::kRmsprop;
  EXPECT_EQ(estimate(Kernels::kFused, 3), plain + network::gradient_bytes(graph_));
  settings_.ema = 0.999;
  EXPECT_EQ(estimate(Kernels::kFused, 3),
            plain + network::gradient_bytes(graph_) + network::parameter_bytes(graph_));
}

TEST_F(Memory, ABatchIsSplitIntoTheLeastNumberOfParts) {
  const int64_t process = 1000000;
  EXPECT_EQ(split_batch(graph_, Kernels::kFused, settings_, shape_, process).parts, 1);
  for (const int64_t parts : {1, 2, 3, 4, 6, 12, 48}) {
    settings_.memory = std::to_string(process + estimate(Kernels::kFused, parts));
    const BatchSplit split = split_batch(graph_, Kernels::kFused, settings_, shape_, process);
    EXPECT_LE(split.total(), std::stoll(settings_.memory));
    // Memory comes in whole huge pages, so that fewer parts may fit as well; one fewer did not.
    EXPECT_LE(split.parts, parts);
    if (split.parts > 1) {
      EXPECT_GT(process + estimate(Kernels::kFused, split.parts - 1), std::stoll(settings_.memory));
    }
  }
  int64_t least = estimate(Kernels::kFused, 1);
  for (int64_t parts = 2; parts <= 48; ++parts)
    least = std::min(least, estimate(Kernels::kFused, parts));
  settings_.memory = std::to_string(process + least - 1);
  EXPECT_THROW(split_batch(graph_, Kernels::kFused, settings_, shape_, process), OutOfMemory);
  settings_.memory = "2 apples";
  EXPECT_THROW(split_batch(graph_, Kernels::kFused, settings_, shape_, process), InputError);
}

TEST_F(Memory, WhatIsSurelyBeyondTheMachineIsRefused) {
  const auto network = network::make_network(graph_, 1);
  const BatchSplit split = split_batch(graph_, Kernels::kFused, settings_, shape_, 1000000);
  EXPECT_NO_THROW(check_memory(split, *network, 0)) << "nobody knows";
  EXPECT_NO_THROW(check_memory(split, *network, split.total()));
  EXPECT_NO_THROW(check_memory(split, *network, split.total() * 9 / 10)) << "perhaps it fits";
  try {
    check_memory(split, *network, split.total() * 8 / 10);
    FAIL() << "it does not fit";
  } catch (const OutOfMemory& error) {
    EXPECT_NE(std::string(error.what()).find("control group"), std::string::npos);
  }
}

TEST_F(Memory, AnEvaluationThatIsTooLargeIsMadeSmaller) {
  shape_.batch = 2;
  shape_.evaluation_images = 1000;
  shape_.evaluation_batch = 250;
  EXPECT_EQ(split_batch(graph_, Kernels::kFused, settings_, shape_, 0).evaluation_batch, 250);
  shape_.evaluation_batch = 1;
  settings_.memory = std::to_string(estimate(Kernels::kFused, 1) + (4 << 20));
  shape_.evaluation_batch = 250;
  const BatchSplit split = split_batch(graph_, Kernels::kFused, settings_, shape_, 0);
  EXPECT_EQ(split.parts, 1);
  EXPECT_LT(split.evaluation_batch, 100);
  EXPECT_LE(split.total(), std::stoll(settings_.memory));
}

/// Where all images are equal the parts' statistics are the batch's, and so must the step be.
TEST_F(Memory, PartsTakeTheStepThatTheWholeBatchTakes) {
  data::DataSet data = toy_data(16, 0);
  for (int64_t i = 1; i < data.train.size(); ++i) {
    const auto size = static_cast<int64_t>(data.train.image_bytes());
    std::copy_n(data.train.image(0), size, data.train.pixels.begin() + size * i);
    data.train.labels[static_cast<size_t>(i)] = data.train.labels[0];
  }
  settings_.epochs = 1;
  settings_.batch = 16;
  settings_.crop_padding = 0;
  settings_.flip = false;
  const auto train = [&](int64_t parts, TrainState& state) {
    const auto network =
        network::make_network(graph::build(space::named_genotype("nasnet-a"),
                                           {graph::StackKind::kCifar, 1, 4, 4, {12, 12, 1}, false}),
                              3);
    // The norm of a constant channel is its beta and rounding: a ReLU must not hang on its sign.
    std::vector<Tensor> tensors = network->tensors();
    for (size_t i = 0; i < tensors.size(); ++i)
      if (network->graph().parameters[i].role == graph::ParameterRole::kBeta)
        std::ranges::fill(tensors[i].change(), 0.05f);
    network->set_tensors(tensors);
    std::vector<int64_t> all(16);
    std::iota(all.begin(), all.end(), 0);
    Trainer trainer(*network, data.train, all, {{0.5}, {0.25}}, settings_, 1, parts);
    trainer.run();
    state = trainer.state();
    std::vector<double> values;
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (!network->graph().parameters[i].trainable()) continue;
      const std::span<const float> now = network->tensors()[i].values();
      values.insert(values.end(), now.begin(), now.end());
    }
    return values;
  };
  TrainState whole_state, parts_state;
  const std::vector<double> whole = train(1, whole_state);
  for (const int64_t parts : {2, 3, 16}) {
    const std::vector<double> split = train(parts, parts_state);
    ASSERT_EQ(split.size(), whole.size());
    for (size_t i = 0; i < whole.size(); ++i) ASSERT_NEAR(split[i], whole[i], 1e-5) << parts;
    EXPECT_NEAR(parts_state.history[0].loss, whole_state.history[0].loss, 1e-6);
    EXPECT_EQ(parts_state.history[0].accuracy, whole_state.history[0].accuracy);
  }
}

}  // namespace
}  // namespace nasnet::train
