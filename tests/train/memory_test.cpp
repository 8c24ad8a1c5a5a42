#include "nasnet/train/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
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
  int64_t estimate(Kernels kernels, int64_t replicas, int recomputed_cells = 0) {
    TrainingShape shape = shape_;
    shape.replicas = replicas;
    shape.recomputed_cells = recomputed_cells;
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

/// Which changes no result: so it comes before parts, and a batch is split where all cells are
/// computed again already.
TEST_F(Memory, AsFewCellsAreComputedAgainAsWillDo) {
  const int64_t process = 1000000;
  const auto with = [&](int64_t memory) {
    settings_.memory = std::to_string(memory);
    return split_batch(graph_, Kernels::kFused, settings_, shape_, process);
  };
  EXPECT_EQ(split_batch(graph_, Kernels::kFused, settings_, shape_, process).recomputed_cells, 0);
  const int cells = estimate_training(graph_, Kernels::kFused, settings_, shape_).recomputed.of;
  EXPECT_GT(cells, 4);
  const int64_t none = process + estimate(Kernels::kFused, 1);
  const int64_t least = process + estimate(Kernels::kFused, 1, cells);
  EXPECT_EQ(with(none).recomputed_cells, 0);
  int before = 0;
  for (int64_t memory = none - 1; memory >= least; memory -= (none - least) / 7) {
    const BatchSplit split = with(memory);
    EXPECT_EQ(split.parts, 1);
    EXPECT_LE(split.total(), memory);
    EXPECT_GE(split.recomputed_cells, std::max(before, 1));
    EXPECT_EQ(split.memory.recomputed.cells, split.recomputed_cells);
    EXPECT_GT(process + estimate(Kernels::kFused, 1, split.recomputed_cells - 1), memory);
    EXPECT_NE(describe(split).find("computed again"), std::string::npos) << describe(split);
    before = split.recomputed_cells;
  }
}

/// Results do not depend on the number of threads: no batch is split for them.
TEST_F(Memory, OfThreadsIsCountedAndSparedWithoutParts) {
  const auto with = [&](int64_t memory, int threads) {
    settings_.memory = memory > 0 ? std::to_string(memory) : "";
    return split_batch(graph_, Kernels::kFused, settings_, shape_, 0, threads);
  };
  const int64_t whole = with(0, 1).total(), thread = with(0, 1).memory.thread;
  EXPECT_GT(thread, 0);
  EXPECT_EQ(with(0, 9).total(), whole + 8 * thread);
  EXPECT_EQ(with(whole, 1).recomputed_cells, 0);
  EXPECT_GT(with(whole, 9).recomputed_cells, 0);
  EXPECT_LE(with(whole, 9).total(), whole);
  const int cells = with(0, 1).memory.recomputed.of;
  const int64_t least = estimate(Kernels::kFused, 1, cells);
  EXPECT_EQ(with(least, 9).parts, 1);
  EXPECT_EQ(with(least, 9).recomputed_cells, cells);
  for (const int64_t memory : {least - 1, 3 * least / 4})
    EXPECT_EQ(with(memory, 9).parts, with(memory, 1).parts);
}

TEST_F(Memory, LibtorchsOperatorsComputeNothingAgain) {
  settings_.memory = std::to_string(estimate(Kernels::kReference, 2));
  const BatchSplit split = split_batch(graph_, Kernels::kReference, settings_, shape_, 0);
  EXPECT_EQ(split.parts, 2);
  EXPECT_EQ(split.recomputed_cells, 0);
  EXPECT_NE(describe(split).find("libtorch's operators keep"), std::string::npos)
      << describe(split);
}

TEST_F(Memory, ABatchIsSplitIntoTheLeastNumberOfParts) {
  const int64_t process = 1000000;
  const int cells = estimate_training(graph_, Kernels::kFused, settings_, shape_).recomputed.of;
  EXPECT_EQ(split_batch(graph_, Kernels::kFused, settings_, shape_, process).parts, 1);
  for (const int64_t parts : {1, 2, 3, 4, 6, 12, 48}) {
    settings_.memory = std::to_string(process + estimate(Kernels::kFused, parts, cells));
    const BatchSplit split = split_batch(graph_, Kernels::kFused, settings_, shape_, process);
    EXPECT_LE(split.total(), std::stoll(settings_.memory));
    // Memory comes in whole huge pages, so that fewer parts may fit as well; one fewer did not.
    EXPECT_LE(split.parts, parts);
    if (split.parts > 1) {
      EXPECT_GT(process + estimate(Kernels::kFused, split.parts - 1, cells),
                std::stoll(settings_.memory));
    }
  }
  int64_t least = estimate(Kernels::kFused, 1, cells);
  for (int64_t parts = 1; parts <= 48; ++parts)
    for (const int again : {0, cells})
      least = std::min(least, estimate(Kernels::kFused, parts, again));
  settings_.memory = std::to_string(process + least - 1);
  try {
    split_batch(graph_, Kernels::kFused, settings_, shape_, process);
    FAIL() << "it does not fit";
  } catch (const OutOfMemory& error) {
    EXPECT_NE(std::string(error.what()).find(format_bytes(process + least)), std::string::npos)
        << error.what();
  }
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
