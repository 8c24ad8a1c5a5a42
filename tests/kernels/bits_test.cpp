#include "nasnet/kernels/bits.h"

#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "nasnet/base/random.h"
#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

TEST(Bits, ThatDifferAreCountedInRowsOfAnyLength) {
  for_every_target([] {
    Random random(1, 0, "bits");
    const auto word = [&] { return uint64_t{random.next()} << 32 | random.next(); };
    for (int64_t words = 0; words < 70; ++words) {
      std::vector<uint64_t> x, y;
      int64_t wanted = 0;
      for (int64_t i = 0; i < words; ++i) {
        x.push_back(word());
        y.push_back(word());
        wanted += std::popcount(x.back() ^ y.back());
      }
      EXPECT_EQ(differing_bits(x.data(), y.data(), words), wanted) << words;
      EXPECT_EQ(differing_bits(x.data(), x.data(), words), 0);
    }
  });
}

TEST(Bits, AreThoseOfValuesAboveZero) {
  for_every_target([] {
    Random random(1, 0, "values");
    for (int64_t count = 0; count < 200; ++count) {
      std::vector<float> x;
      for (int64_t i = 0; i < count; ++i)
        x.push_back(i % 5 == 0 ? 0.0f : static_cast<float>(random.normal()));
      if (count > 3) x[count / 2] = NAN;
      if (count > 90) x[90] = -0.0f;
      std::vector<uint64_t> bits(words_of(count), ~uint64_t{0}), wanted(words_of(count));
      for (int64_t i = 0; i < count; ++i) wanted[i / 64] |= uint64_t{x[i] > 0} << (i % 64);
      positive_bits(x.data(), count, bits.data());
      EXPECT_EQ(bits, wanted) << count;
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
