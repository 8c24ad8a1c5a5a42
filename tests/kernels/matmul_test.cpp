#include "nasnet/kernels/matmul.h"

#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

int some(Random& random, int least, int most) {
  return least + static_cast<int>(random.below(static_cast<uint32_t>(most - least + 1)));
}

TEST(Matmul, EqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 120; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "matmul");
      const int rows = some(random, 1, 70), inner = some(random, 1, 70);
      const int columns = seed % 3 == 0 ? 16 * some(random, 1, 6) : some(random, 1, 90);
      const TestMap a(rows, inner, some(random, 0, 3), random);
      const std::vector<float> b = constants(inner, columns, random);
      const std::vector<float> bias = constants(1, columns, random);
      const TestMap mask(rows, columns, some(random, 0, 5), random);
      for (int kind = 0; kind < 8; ++kind) {
        Finish<float> finish;
        finish.accumulate = kind % 2 == 1;
        if (kind & 2) finish.bias = bias.data();
        finish.relu = kind >= 6;
        if (kind & 4) {
          finish.mask = mask.data();
          finish.mask_stride = mask.stride();
        }
        TestMap ours(rows, columns, some(random, 0, 20), random), theirs = ours;
        matmul(a.data(), a.stride(), rows, inner, b.data(), columns, ours.data(), ours.stride(),
               finish);
        reference::matmul(a.data(), a.stride(), rows, inner, b.data(), columns, theirs.data(),
                          theirs.stride(), finish);
        ours.expect_near(theirs, std::sqrt(inner));
      }
    }
  });
}

TEST(Matmul, TransposedEqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 120; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "transposed");
      const int rows = some(random, 1, 200), inner = some(random, 1, 60);
      const int columns = seed % 3 == 0 ? 16 * some(random, 1, 6) : some(random, 1, 90);
      const TestMap a(rows, inner, some(random, 0, 3), random);
      const TestMap d(rows, columns, some(random, 0, 20), random);
      std::vector<float> ours = constants(inner, columns, random), theirs = ours;
      matmul_transposed(a.data(), a.stride(), d.data(), d.stride(), rows, inner, columns,
                        ours.data());
      reference::matmul_transposed(a.data(), a.stride(), d.data(), d.stride(), rows, inner, columns,
                                   theirs.data());
      expect_near_constants(ours, theirs, columns, std::sqrt(rows));
      d.expect_untouched();
    }
  });
}

TEST(Matmul, AlignmentChangesNoBit) {
  Random random(1, 0, "alignment");
  const int rows = 37, inner = 19, columns = 45;
  const std::vector<float> b = constants(inner, columns, random);
  std::vector<float> plain(static_cast<size_t>(rows * inner));
  for (float& value : plain) value = static_cast<float>(random.normal());
  std::vector<std::vector<float>> results;
  for (int offset = 0; offset < 17; ++offset) {
    std::vector<float> moved(plain.size() + 32), result(static_cast<size_t>(rows * columns) + 32);
    std::copy(plain.begin(), plain.end(), moved.begin() + offset);
    matmul(moved.data() + offset, inner, rows, inner, b.data(), columns,
           result.data() + (offset * 5) % 16, columns, false);
    results.emplace_back(result.begin() + (offset * 5) % 16,
                         result.begin() + (offset * 5) % 16 + rows * columns);
    EXPECT_EQ(results.back(), results.front());
  }
}

}  // namespace
}  // namespace nasnet::kernels
