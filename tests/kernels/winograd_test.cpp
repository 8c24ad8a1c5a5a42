#include "nasnet/kernels/winograd.h"

#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

int some(Random& random, int least, int most) {
  return least + static_cast<int>(random.below(static_cast<uint32_t>(most - least + 1)));
}

constexpr Winograd kAll[] = {Winograd::kInput, Winograd::kOutput, Winograd::kGradient,
                             Winograd::kWeights, Winograd::kWeightGradient};

int values_in(Winograd which) {
  return which == Winograd::kGradient  ? kWinogradTile
         : which == Winograd::kWeights ? kWinogradTaps
                                       : kWinogradPoints;
}
int values_out(Winograd which) {
  return which == Winograd::kOutput           ? kWinogradTile
         : which == Winograd::kWeightGradient ? kWinogradTaps
                                              : kWinogradPoints;
}

TEST(Winograd, TransformsEqualTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 100; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "winograd");
      const Winograd which = kAll[seed % 5];
      const LatticeShape shape = {some(random, 1, 3), some(random, 1, 3), some(random, 1, 2),
                                  some(random, 1, 70)};
      // Values, rows, blocks and phases, each outside of what follows it, in either map.
      const auto map = [&](int values) {
        return TestMap(values * shape.rows * shape.blocks * shape.phases,
                       static_cast<int>(shape.channels), some(random, 0, 5), random);
      };
      const auto lattice = [&](const TestMap& of) {
        const int64_t phase = of.stride(), block = phase * shape.phases, row = block * shape.blocks;
        return Lattice{row * shape.rows, row, block, phase};
      };
      const TestMap in = map(values_in(which));
      TestMap ours = map(values_out(which)), theirs = ours;
      winograd(which, in.data(), lattice(in), ours.data(), lattice(ours), shape);
      reference::winograd(which, in.data(), lattice(in), theirs.data(), lattice(theirs), shape);
      ours.expect_near(theirs, 10);
    }
  });
}

/// One channel: the convolution itself, and its two gradients.
TEST(Winograd, IsTheConvolutionOfThreeTaps) {
  Random random(1, 0, "convolution");
  float x[6], w[3], d[4];
  for (float* all : {x, w, d})
    for (int k = 0; k < (all == x ? 6 : all == w ? 3 : 4); ++k)
      all[k] = static_cast<float>(random.normal());
  const Lattice lattice = {1};
  const LatticeShape one = {1, 1, 1, 1};
  float of_x[6], of_w[6], of_d[6], products[6], y[4], dw[3];
  winograd(Winograd::kInput, x, lattice, of_x, lattice, one);
  winograd(Winograd::kWeights, w, lattice, of_w, lattice, one);
  winograd(Winograd::kGradient, d, lattice, of_d, lattice, one);
  for (int p = 0; p < 6; ++p) products[p] = of_x[p] * of_w[p];
  winograd(Winograd::kOutput, products, lattice, y, lattice, one);
  for (int k = 0; k < 4; ++k)
    EXPECT_NEAR(y[k], x[k] * w[0] + x[k + 1] * w[1] + x[k + 2] * w[2], 1e-5);
  for (int p = 0; p < 6; ++p) products[p] = of_x[p] * of_d[p];
  winograd(Winograd::kWeightGradient, products, lattice, dw, lattice, one);
  for (int j = 0; j < 3; ++j)
    EXPECT_NEAR(dw[j], d[0] * x[j] + d[1] * x[j + 1] + d[2] * x[j + 2] + d[3] * x[j + 3], 1e-5);
}

}  // namespace
}  // namespace nasnet::kernels
