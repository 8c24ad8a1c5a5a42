#include "nasnet/kernels/differing_bits.h"

#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "nasnet/base/random.h"
#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

TEST(DifferingBits, AreCountedInRowsOfAnyLength) {
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
}

}  // namespace
}  // namespace nasnet::kernels
