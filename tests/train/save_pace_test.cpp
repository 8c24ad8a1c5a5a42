#include "nasnet/train/save_pace.h"

#include <gtest/gtest.h>

namespace nasnet::train {
namespace {

using Clock = SavePace::Clock;

Clock::time_point at(double seconds) {
  return Clock::time_point() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

TEST(SavePace, TheFirstEpochIsSavedAtItsEndAndAFewSecondsOfWorkBeforeIt) {
  const SavePace pace(60, at(0));
  EXPECT_TRUE(pace.due(at(0.1), true));
  EXPECT_FALSE(pace.due(at(0.1), false));
  EXPECT_FALSE(pace.due(at(4.9), false));
  EXPECT_TRUE(pace.due(at(5), false));
}

TEST(SavePace, SavingTakesAFiftiethOfTheTimeAtMost) {
  SavePace pace(60, at(0));
  pace.saved(at(1), at(1.25));
  EXPECT_FALSE(pace.due(at(13), true));
  EXPECT_FALSE(pace.due(at(13), false));
  EXPECT_TRUE(pace.due(at(14), true));
  EXPECT_TRUE(pace.due(at(14), false));
  // Short epochs of a small model are all saved.
  pace.saved(at(20), at(20.0001));
  EXPECT_TRUE(pace.due(at(20.1), true));
  EXPECT_FALSE(pace.due(at(20.1), false));
}

TEST(SavePace, NoMoreIsLostThanIsAllowedHoweverLongASaveTakes) {
  SavePace pace(60, at(0));
  pace.saved(at(0), at(10));
  EXPECT_FALSE(pace.due(at(69), false));
  EXPECT_TRUE(pace.due(at(70), false));
  const SavePace always(0, at(0));
  EXPECT_TRUE(always.due(at(0), false));
}

}  // namespace
}  // namespace nasnet::train
