#include "nasnet/base/made_ahead.h"

#include <gtest/gtest.h>

#include <atomic>

namespace nasnet {
namespace {

/// 0 to count - 1.
std::function<std::optional<int>()> counting(int count) {
  return
      [count, next = 0]() mutable { return next < count ? std::optional(next++) : std::nullopt; };
}

TEST(MadeAhead, GivesAllValuesInOrder) {
  MadeAhead<int> ahead(2);
  ahead.start(counting(100));
  for (int k = 0; k < 100; ++k) EXPECT_EQ(ahead.next(), k);
  EXPECT_EQ(ahead.next(), std::nullopt);
  EXPECT_EQ(ahead.next(), std::nullopt);
}

TEST(MadeAhead, BeginsAnewInTheMiddle) {
  MadeAhead<int> ahead(2);
  ahead.start(counting(100));
  EXPECT_EQ(ahead.next(), 0);
  ahead.start(counting(2));
  EXPECT_EQ(ahead.next(), 0);
  EXPECT_EQ(ahead.next(), 1);
  EXPECT_EQ(ahead.next(), std::nullopt);
}

TEST(MadeAhead, MakesNoMoreThanMayWait) {
  std::atomic<int> made = 0;
  MadeAhead<int> ahead(2);
  ahead.start([&]() -> std::optional<int> { return made++; });
  for (int taken = 0; taken < 50; ++taken) {
    EXPECT_EQ(ahead.next(), taken);
    // Taken ones, two that wait, and one that cannot be put down.
    EXPECT_LE(made, taken + 1 + 2 + 1);
  }
}

TEST(MadeAhead, ThrowsWhatWasThrownAfterTheValuesBefore) {
  MadeAhead<int> ahead(3);
  ahead.start([next = 0]() mutable -> std::optional<int> {
    if (next == 2) throw InputError("the third is damaged");
    return next++;
  });
  EXPECT_EQ(ahead.next(), 0);
  EXPECT_EQ(ahead.next(), 1);
  EXPECT_THROW(ahead.next(), InputError);
  EXPECT_THROW(ahead.next(), InputError);
}

TEST(MadeAhead, EndsWithoutBeingTaken) {
  MadeAhead<int> ahead(1);
  ahead.start(counting(1000));
}

}  // namespace
}  // namespace nasnet
