#include "nasnet/base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace nasnet {
namespace {

TEST(Philox, KnownAnswers) {
  // Of the reference implementation (Random123, philox4x32 with 10 rounds).
  using Four = std::array<uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, StreamsAreNamed) {
  std::set<uint32_t> first;
  for (const uint64_t seed : {1, 2})
    for (const uint64_t index : {0, 1, 2})
      for (const char* purpose : {"a", "b"}) first.insert(Random(seed, index, purpose).next());
  EXPECT_EQ(first.size(), 12u);
  EXPECT_EQ(Random(7, 8, "x").next(), Random(7, 8, "x").next());
}

TEST(Random, SeekIsRandomAccess) {
  Random one(3, 4, "seek"), two(3, 4, "seek");
  std::vector<uint32_t> numbers;
  for (int i = 0; i < 40; ++i) numbers.push_back(one.next());
  for (const uint64_t block : {9, 0, 5}) {
    two.seek(block);
    for (uint64_t i = 0; i < 4; ++i) EXPECT_EQ(two.next(), numbers[4 * block + i]);
  }
}

TEST(Random, BelowIsUniform) {
  Random random(1, 0, "below");
  for (const uint32_t n : {1u, 2u, 7u, 13u}) {
    std::vector<double> counts(n, 0);
    for (int i = 0; i < 20000; ++i) ++counts[random.below(n)];
    double chi_square = 0;
    const double expected = 20000.0 / n;
    for (const double count : counts)
      chi_square += (count - expected) * (count - expected) / expected;
    EXPECT_LT(chi_square, 45) << n;
  }
  for (int i = 0; i < 1000; ++i) EXPECT_LT(random.below(0xfffffffeu), 0xfffffffeu);
}

TEST(Random, MomentsOfUniformAndNormal) {
  Random random(2, 0, "moments");
  double sum = 0, squares = 0, normal_sum = 0, normal_squares = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double u = random.uniform(), z = random.normal();
    ASSERT_TRUE(u >= 0 && u < 1);
    sum += u;
    squares += u * u;
    normal_sum += z;
    normal_squares += z * z;
  }
  EXPECT_NEAR(sum / kCount, 0.5, 0.005);
  EXPECT_NEAR(squares / kCount, 1.0 / 3, 0.005);
  EXPECT_NEAR(normal_sum / kCount, 0, 0.02);
  EXPECT_NEAR(normal_squares / kCount, 1, 0.02);
}

}  // namespace
}  // namespace nasnet
