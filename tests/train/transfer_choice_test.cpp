#include "nasnet/train/transfer_choice.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::train {
namespace {

class TransferChoices : public testing::Test {
 protected:
  /// On a machine of so many multiply-adds a second.
  TransferChoice choose(double speed) {
    return choose_transfer(task_, [&](const graph::StackSettings& stack) {
      measured_.push_back(stack.filters);
      const auto counts = graph::count(graph::build(task_.genotype, stack));
      return static_cast<double>(counts.multiply_adds) / speed;
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
    EXPECT_LE(choice.epochs * choice.seconds_per_image * 1000, 1000);
  }
  EXPECT_EQ(cells, 1);
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

TEST_F(TransferChoices, AStepIsMeasured) {
  const double seconds = measure_step(
      task_.genotype, {graph::StackKind::kCifar, 1, 4, 3, {8, 8, 1}}, {.batch = 4}, {});
  EXPECT_GT(seconds, 0);
  EXPECT_LT(seconds, 10);
}

}  // namespace
}  // namespace nasnet::train
