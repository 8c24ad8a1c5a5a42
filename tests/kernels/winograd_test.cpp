#include "nasnet/kernels/winograd.h"

#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

constexpr Winograd kAll[] = {Winograd::kInput, Winograd::kOutput, Winograd::kGradient,
                             Winograd::kWeights, Winograd::kWeightGradient};

int values_in(Winograd which, int taps) {
  return which == Winograd::kGradient  ? kWinogradTile
         : which == Winograd::kWeights ? taps
                                       : winograd_points(taps);
}
int values_out(Winograd which, int taps) {
  return which == Winograd::kOutput           ? kWinogradTile
         : which == Winograd::kWeightGradient ? taps
                                              : winograd_points(taps);
}

TEST(Winograd, TransformsEqualTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 100; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "winograd");
      const Winograd which = kAll[seed % 5];
      const int taps = some(random, 3, 4);
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
      const TestMap in = map(values_in(which, taps));
      TestMap ours = map(values_out(which, taps)), theirs = ours;
      winograd(which, taps, {in.data(), lattice(in)}, {ours.data(), lattice(ours)}, shape);
      reference::winograd(which, taps, {in.data(), lattice(in)}, {theirs.data(), lattice(theirs)},
                          shape);
      ours.expect_near(theirs, 10);
    }
  });
}

/// One channel: the convolution itself, and its two gradients.
TEST(Winograd, IsTheConvolution) {
  for (const int taps : {3, 4}) {
    const int points = winograd_points(taps);
    Random random(1, static_cast<uint64_t>(taps), "convolution");
    float x[7], w[4], d[4], of_x[7], of_w[7], of_d[7], products[7], y[4], dw[4];
    for (float& value : x) value = static_cast<float>(random.normal());
    for (float& value : w) value = static_cast<float>(random.normal());
    for (float& value : d) value = static_cast<float>(random.normal());
    const auto transform = [&](Winograd which, const float* in, float* out) {
      winograd(which, taps, {in, {.step = 1}}, {out, {.step = 1}}, {.channels = 1});
    };
    transform(Winograd::kInput, x, of_x);
    transform(Winograd::kWeights, w, of_w);
    transform(Winograd::kGradient, d, of_d);
    for (int p = 0; p < points; ++p) products[p] = of_x[p] * of_w[p];
    transform(Winograd::kOutput, products, y);
    for (int k = 0; k < kWinogradTile; ++k) {
      float wanted = 0;
      for (int j = 0; j < taps; ++j) wanted += x[k + j] * w[j];
      EXPECT_NEAR(y[k], wanted, 1e-5);
    }
    for (int p = 0; p < points; ++p) products[p] = of_x[p] * of_d[p];
    transform(Winograd::kWeightGradient, products, dw);
    for (int j = 0; j < taps; ++j) {
      float wanted = 0;
      for (int k = 0; k < kWinogradTile; ++k) wanted += x[k + j] * d[k];
      EXPECT_NEAR(dw[j], wanted, 1e-5);
    }
  }
}

}  // namespace
}  // namespace nasnet::kernels
