#include "nasnet/train/transfer_choice.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/cost.h"

namespace nasnet::train {
namespace {

class TransferChoices : public testing::Test {
 protected:
  /// On a machine of so many multiply-adds a second.
  TransferChoice choose(double speed) {
    return choose_transfer(task_, [&](const graph::StackSettings& stack) {
      measured_.push_back(stack.filters);
      const auto counts = graph::count(graph::build(task_.genotype, stack));
      const double seconds = static_cast<double>(counts.multiply_adds) / speed;
      return Pace{.step = seconds, .inference = seconds / 4};
    });
  }

  TransferTask task_ = {.genotype = space::named_genotype("nasnet-a"),
                        .images = 1000,
                        .classes = 10,
                        .own_size = 32,
                        .seconds = 1000};
  std::vector<int> measured_;
};

TEST_F(TransferChoices, AFastMachineHasTheLargestNetwork) {
  const TransferChoice choice = choose(1e13);
  EXPECT_EQ(choice.stack.cells, 6);
  EXPECT_EQ(choice.stack.filters, 32);
  EXPECT_EQ(choice.stack.input, (graph::Shape{32, 32, 3}));
  EXPECT_EQ(choice.stack.classes, 10);
  EXPECT_EQ(choice.epochs, 300) << "more would hardly help";
  EXPECT_EQ(measured_, (std::vector<int>{8, 32})) << "the smallest one and the chosen one";
  ASSERT_EQ(choice.why.size(), 1u);
  EXPECT_TRUE(choice.why[0].starts_with("cifar N=6 F=32 on 32x32 pixels: ")) << choice.why[0];
}

/// The least number of epochs is the rule, whatever the machine.
TEST_F(TransferChoices, ANetworkGoesOverTheImagesOftenEnough) {
  int cells = 100;
  for (double speed = 1e13; speed > 1e8; speed /= 2) {
    const TransferChoice choice = choose(speed);
    if (choice.stack.filters > 8) {
      EXPECT_GE(choice.epochs, 30);
    }
    EXPECT_LE(choice.stack.cells, cells);
    cells = choice.stack.cells;
    EXPECT_LE(choice.epochs * choice.pace.step * 1000, 1000);
  }
  EXPECT_EQ(cells, 1);
}

/// Images held out, the test and the export are paid for.
TEST_F(TransferChoices, AllThatTakesTimeCounts) {
  task_.held_out = 1000;
  task_.tested = 4000;
  const TransferChoice after = choose(2e9);
  ASSERT_LT(after.epochs, 300);
  const auto whole = [&](int epochs) {
    return epochs * (1000 * after.pace.step + 1000 * after.pace.inference) +
           (4000 + kExportInferences) * after.pace.inference;
  };
  EXPECT_LE(whole(after.epochs), task_.seconds);
  EXPECT_GT(whole(after.epochs + 1), task_.seconds);
}

/// Half of the size takes a quarter of the time.
TEST_F(TransferChoices, PicturesThatAreNotSmallMayBeHalved) {
  task_.own_size = 64;
  EXPECT_EQ(choose(1e13).stack.input.height, 64);
  EXPECT_EQ(choose(2e8).stack.input.height, 32);
  task_.size_is_given = true;
  EXPECT_EQ(choose(2e8).stack.input.height, 64);
}

TEST_F(TransferChoices, FewerEpochsThanEnoughAreSaid) {
  const TransferChoice choice = choose(2e7);
  ASSERT_LT(choice.epochs, 30);
  EXPECT_TRUE(choice.why.back().starts_with("fewer epochs than the 30")) << choice.why.back();
}

TEST_F(TransferChoices, PhotosOfAnySizeHaveASizeByTheBudget) {
  task_.own_size = 0;
  const TransferChoice large = choose(1e13), small = choose(3e8);
  EXPECT_EQ(large.stack.stack, graph::StackKind::kMobile);
  EXPECT_EQ(large.stack.input.height, 224);
  EXPECT_EQ(small.stack.stack, graph::StackKind::kCifar);
  EXPECT_EQ(small.stack.input.height, 32);
}

TEST_F(TransferChoices, ASourceLeavesTheSizeAlone) {
  task_.own_size = 0;
  task_.source = graph::stack_settings(graph::StackKind::kMobile);
  const TransferChoice large = choose(1e14), small = choose(1.2e9);
  EXPECT_EQ(large.stack.input.height, 224);
  EXPECT_EQ(large.epochs, 30);
  EXPECT_EQ(small.stack.input.height, 112);
  for (const TransferChoice& choice : {large, small}) {
    EXPECT_EQ(choice.stack.cells, 4);
    EXPECT_EQ(choice.stack.filters, 44);
  }
}

TEST_F(TransferChoices, TooLittleTimeIsSaid) {
  try {
    choose(1e6);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("--time is too short: an epoch of the"))
        << error.what();
  }
}

TEST_F(TransferChoices, APaceIsMeasured) {
  const Pace pace = measure_pace(task_.genotype, {graph::StackKind::kCifar, 1, 4, 3, {8, 8, 1}},
                                 {.batch = 4}, {});
  EXPECT_GT(pace.inference, 0);
  EXPECT_GT(pace.step, 0);
  EXPECT_LT(pace.step, 10);
}

/// By multiply-adds: two epochs at a quarter of the work, two at all of it, and images that are
/// measured.
TEST(Cost, FollowsMultiplyAdds) {
  const TrainingWork work{.spans = {{2, 25e6, false}, {2, 100e6, false}},
                          .images = 1000,
                          .evaluated = 500,
                          .multiply_adds = 100e6};
  const MeasuredPace measured{.pace = {.step = 0.01, .inference = 0.004}, .multiply_adds = 100e6};
  EXPECT_DOUBLE_EQ(estimate_seconds(work, measured), 2 * 2.5 + 2 * 10.0 + 500 * 0.004);
  // Heads alone, whose features inference makes.
  const TrainingWork heads{.spans = {{1, 100e6, true}, {1, 100e6, false}}, .images = 1000};
  EXPECT_DOUBLE_EQ(estimate_seconds(heads, measured), 4 + 10.0);
  const MeasuredPace of_heads{{0.004, 0.004}, 100e6, true};
  EXPECT_DOUBLE_EQ(estimate_seconds(heads, of_heads), 4 + kStepOfInference * 4);
}

}  // namespace
}  // namespace nasnet::train
