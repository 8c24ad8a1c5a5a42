#include "nasnet/train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nasnet::train {
namespace {

TEST(Schedule, CosinePublishedValues) {
  // Twenty epochs from 0.025.
  EXPECT_DOUBLE_EQ(cosine_rate(0.025, 0, 20), 0.025);
  EXPECT_NEAR(cosine_rate(0.025, 1, 20), 0.0248461, 5e-8);
  EXPECT_NEAR(cosine_rate(0.025, 10, 20), 0.0125, 1e-12);
  EXPECT_NEAR(cosine_rate(0.025, 19, 20), 0.000153896, 5e-10);
  TrainSettings settings;
  EXPECT_DOUBLE_EQ(learning_rate(settings, 100 * 10, 100), cosine_rate(0.025, 1000, 2000));
}

TEST(Schedule, ExponentialIsAStaircaseOf2p4Epochs) {
  TrainSettings settings;
  settings.schedule = Schedule::kExponential;
  settings.learning_rate = 0.04;
  const auto falls = [&](int64_t step, int64_t steps_per_epoch) {
    return std::log(learning_rate(settings, step, steps_per_epoch) / 0.04) / std::log(0.97);
  };
  // Ten steps an epoch: it falls at steps 24, 48, 72, ...
  for (int64_t step = 0; step < 1000; ++step)
    ASSERT_NEAR(falls(step, 10), static_cast<double>(step / 24), 1e-9) << step;
  // Seven: at 16.8, 33.6, ...
  for (int64_t step = 0; step < 1000; ++step)
    ASSERT_NEAR(falls(step, 7), static_cast<double>(step * 10 / 168), 1e-9) << step;
  // Every multiple of five epochs' steps is a whole number of steps, whatever rounding says.
  for (int64_t steps_per_epoch = 5; steps_per_epoch < 20000; steps_per_epoch += 5) {
    const int64_t third = 3 * (steps_per_epoch / 5 * 12);
    ASSERT_NEAR(falls(third, steps_per_epoch), 3, 1e-9) << steps_per_epoch;
    ASSERT_NEAR(falls(third - 1, steps_per_epoch), 2, 1e-9) << steps_per_epoch;
  }
  EXPECT_DOUBLE_EQ(learning_rate(settings, 12 * 5, 5), 0.04 * std::pow(0.97, 5));
  settings.decay_factor = 0.5;
  settings.decay_epochs = 1;
  EXPECT_DOUBLE_EQ(learning_rate(settings, 3 * 5, 5), 0.005);
}

TEST(Schedule, WarmUpRisesInAStraightLine) {
  TrainSettings settings;
  settings.learning_rate = 0.2;
  settings.warmup_epochs = 2.5;
  for (const Schedule schedule : {Schedule::kCosine, Schedule::kExponential}) {
    settings.schedule = schedule;
    EXPECT_EQ(learning_rate(settings, 0, 10), 0);
    EXPECT_DOUBLE_EQ(learning_rate(settings, 5, 10), 0.04);
    EXPECT_DOUBLE_EQ(learning_rate(settings, 24, 10), 0.192);
  }
  EXPECT_DOUBLE_EQ(learning_rate(settings, 25, 10), 0.2 * 0.97);
  settings.schedule = Schedule::kCosine;
  EXPECT_DOUBLE_EQ(learning_rate(settings, 25, 10), cosine_rate(0.2, 25, 200));
}

}  // namespace
}  // namespace nasnet::train
