#include "nasnet/kernels/ahead.h"

#include <gtest/gtest.h>

#include "nasnet/kernels/matmul.h"
#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

TEST(Ahead, GivesEachLineOnceInItsOrder) {
  const char memory[1] = {};
  Ahead ahead;
  ahead.add({memory, 64, 5});
  ahead.add({memory + 1, 384, 3});
  int64_t given = 0;
  std::vector<const char*> lines;
  while (given < 100) {
    const Ahead::Lines taken = ahead.take(2);
    if (taken.count == 0) break;
    ASSERT_LE(taken.count, 2);
    for (int64_t i = 0; i < taken.count; ++i) lines.push_back(taken.first + i * taken.step);
    given += taken.count;
  }
  ASSERT_EQ(lines.size(), 8U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(lines[i], memory + 64 * i);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(lines[5 + i], memory + 1 + 384 * i);
  EXPECT_EQ(ahead.take(1).count, 0);
  ahead.clear();
  EXPECT_EQ(ahead.take(1).count, 0);
}

/// Prefetching changes no bit, and may go beyond the memory there is.
TEST(Ahead, ChangesNoProduct) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "ahead");
      const int rows = 1 + static_cast<int>(random.below(60));
      const int inner = 1 + static_cast<int>(random.below(40));
      const int columns = 1 + static_cast<int>(random.below(70));
      const TestMap a(rows, inner, 0, random), d(rows, columns, 0, random);
      const std::vector<float> b = constants(inner, columns, random);
      TestMap plain(rows, columns, 0, random);
      TestMap asking = plain;
      std::vector<float> gradient(static_cast<size_t>(inner * padded(columns)), 0.0f);
      std::vector<float> gradient_asking = gradient;
      Ahead ahead;
      ahead.add({reinterpret_cast<const char*>(a.data()), 64, 7});
      ahead.add({reinterpret_cast<const char*>(b.data()), 4096, 1000});
      const Product size = {.rows = rows, .inner = inner, .columns = columns};
      matmul(a, b.data(), size, plain);
      matmul(a, b.data(), size, asking, {.ahead = &ahead});
      const TransposedProduct transposed = {.rows = rows, .inner = inner, .columns = columns};
      matmul_transposed({.d = d, .x = a}, transposed, gradient.data());
      matmul_transposed({.d = d, .x = a}, transposed, gradient_asking.data(), &ahead);
      for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c)
          EXPECT_EQ(plain.data()[r * plain.stride() + c], asking.data()[r * asking.stride() + c]);
      EXPECT_EQ(gradient, gradient_asking);
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
