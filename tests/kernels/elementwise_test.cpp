#include "nasnet/kernels/elementwise.h"

#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

int some(Random& random, int least, int most) {
  return least + static_cast<int>(random.below(static_cast<uint32_t>(most - least + 1)));
}

int some_channels(Random& random, uint64_t seed) {
  return seed % 3 == 0 ? 8 * some(random, 1, 12) : some(random, 1, 70);
}

TEST(Elementwise, PadAndUnpadEqualTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 150; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "pad");
      const int height = some(random, 1, 9), width = some(random, 1, 9);
      const int channels = some_channels(random, seed);
      const Border border = {some(random, 0, 3), some(random, 0, 3), some(random, 0, 3),
                             some(random, 0, 3)};
      const int64_t full =
          int64_t{height + border.top + border.bottom} * (width + border.left + border.right);
      const std::vector<float> scale = constants(1, channels, random);
      const std::vector<float> shift = constants(1, channels, random);
      const Affine affine = seed % 2 == 0 ? Affine{scale.data(), shift.data()} : Affine{};
      const bool relu = seed % 4 < 2;
      const TestMap in(height * width, channels, some(random, 0, 9), random);
      TestMap ours(full, channels, some(random, 0, 9), random), theirs = ours;
      pad(in.data(), in.stride(), height, width, channels, affine, relu, border, ours.data(),
          ours.stride());
      reference::pad(in.data(), in.stride(), height, width, channels, affine, relu, border,
                     theirs.data(), theirs.stride());
      ours.expect_near(theirs);
      const TestMap d(full, channels, some(random, 0, 9), random);
      TestMap back(height * width, channels, some(random, 0, 9), random), other = back;
      const bool accumulate = seed % 5 < 2;
      unpad(d.data(), d.stride(), height, width, channels, in.data(), in.stride(), affine, relu,
            border, back.data(), back.stride(), accumulate);
      reference::unpad(d.data(), d.stride(), height, width, channels, in.data(), in.stride(),
                       affine, relu, border, other.data(), other.stride(), accumulate);
      back.expect_near(other);
    }
  });
}

TEST(Elementwise, SumsEqualTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "sums");
      const int pixels = some(random, 1, 300), channels = some_channels(random, seed);
      TestMap x(pixels, channels, some(random, 0, 9), random);
      const TestMap d(pixels, channels, some(random, 0, 9), random);
      std::vector<float> origin = constants(1, channels, random);
      // A mean of a hundred deviations: sums about an origin near it lose nothing.
      for (int c = 0; c < channels; ++c) {
        origin[c] = 100;
        for (int p = 0; p < pixels; ++p) x.at(p, c) += 100;
      }
      std::vector<double> sum(static_cast<size_t>(channels), 1.0), squares = sum, other = sum,
                                                                   others = sum;
      channel_sums(x.data(), x.stride(), pixels, channels, origin.data(), sum.data(),
                   squares.data());
      reference::channel_sums(x.data(), x.stride(), pixels, channels, origin.data(), other.data(),
                              others.data());
      for (size_t c = 0; c < sum.size(); ++c) {
        ASSERT_NEAR(sum[c], other[c], 1e-5 * pixels);
        ASSERT_NEAR(squares[c], others[c], 1e-5 * (1 + others[c]));
      }
      gradient_sums(d.data(), d.stride(), x.data(), x.stride(), pixels, channels, origin.data(),
                    sum.data(), squares.data());
      reference::gradient_sums(d.data(), d.stride(), x.data(), x.stride(), pixels, channels,
                               origin.data(), other.data(), others.data());
      for (size_t c = 0; c < sum.size(); ++c) {
        ASSERT_NEAR(sum[c], other[c], 1e-5 * pixels);
        ASSERT_NEAR(squares[c], others[c], 1e-5 * (pixels + std::abs(others[c])));
      }
    }
  });
}

TEST(Elementwise, ApplyAndNormGradientEqualTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 100; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "apply");
      const int pixels = some(random, 1, 60), channels = some_channels(random, seed);
      const TestMap x(pixels, channels, some(random, 0, 9), random);
      const TestMap d(pixels, channels, some(random, 0, 9), random);
      const std::vector<float> a = constants(1, channels, random);
      const std::vector<float> b = constants(1, channels, random);
      const std::vector<float> c = constants(1, channels, random);
      const Affine affine = seed % 2 == 0 ? Affine{a.data(), b.data()} : Affine{};
      TestMap ours(pixels, channels, some(random, 0, 9), random), theirs = ours;
      apply(x.data(), x.stride(), pixels, channels, affine, 1.25f, ours.data(), ours.stride(),
            seed % 3 == 0);
      reference::apply(x.data(), x.stride(), pixels, channels, affine, 1.25f, theirs.data(),
                       theirs.stride(), seed % 3 == 0);
      ours.expect_near(theirs);
      const Term<float> first = {x.data(), x.stride(), affine, 0.75f};
      const Term<float> second = {
          d.data(), d.stride(), {c.data(), a.data()}, seed % 3 == 0 ? 0.0f : 1.5f};
      combine(first, second, pixels, channels, ours.data(), ours.stride());
      reference::combine(first, second, pixels, channels, theirs.data(), theirs.stride());
      ours.expect_near(theirs);
      norm_gradient(d.data(), d.stride(), x.data(), x.stride(), pixels, channels, a.data(),
                    b.data(), c.data(), ours.data(), ours.stride());
      reference::norm_gradient(d.data(), d.stride(), x.data(), x.stride(), pixels, channels,
                               a.data(), b.data(), c.data(), theirs.data(), theirs.stride());
      ours.expect_near(theirs);
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
