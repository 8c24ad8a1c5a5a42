#include "nasnet/kernels/pool.h"

#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

/// A pool of TF SAME padding.
PoolShape same(Size image, int kernel, int stride, bool zeros = false) {
  const int height = static_cast<int>(image.height), width = static_cast<int>(image.width);
  PoolShape shape{.channels = image.channels, .height = height, .width = width};
  shape.out_height = (height + stride - 1) / stride;
  shape.out_width = (width + stride - 1) / stride;
  shape.kernel = kernel;
  shape.stride = stride;
  shape.top = std::max((shape.out_height - 1) * stride + kernel - height, 0) / 2;
  shape.left = std::max((shape.out_width - 1) * stride + kernel - width, 0) / 2;
  shape.zeros = zeros;
  return shape;
}

TEST(Pool, EqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 200; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "pool");
      const int channels = seed % 3 == 0 ? 8 * some(random, 1, 6) : some(random, 1, 50);
      PoolShape shape = same({some(random, 1, 12), some(random, 1, 12), channels},
                             3 + 2 * some(random, 0, 2), some(random, 1, 2), seed % 5 == 0);
      // Scales of both signs; read from any channel on, and in whole vectors.
      const std::vector<float> affine = constants(2, channels + 2 * kLanes, random);
      if (seed % 4 < 2)
        shape.affine = Affine{&affine[0], &affine[affine.size() / 2]}.from_channel(seed % 7);
      TestMap in(shape.image().pixels(), channels, some(random, 0, 9), random);
      // Ties, and images below zero.
      for (int64_t p = 0; p < in.pixels(); ++p)
        for (int c = 0; c < channels; ++c)
          in.at(p, c) = seed % 2 == 0 ? std::round(in.at(p, c)) : in.at(p, c) - 3;
      const int64_t results = shape.result().pixels();
      TestMap ours(results, channels, some(random, 0, 9), random), theirs = ours;
      average_pool(in, shape, ours);
      reference::average_pool(in, shape, theirs);
      ours.expect_near(theirs);
      max_pool(in, shape, ours);
      reference::max_pool(in, shape, theirs);
      if (!shape.affine) {
        ours.expect_equal(theirs);
      } else {
        ours.expect_near(theirs, 4);
      }
      const TestMap d(results, channels, some(random, 0, 9), random);
      TestMap back(in.pixels(), channels, some(random, 0, 9), random), other = back;
      average_pool_gradient(d, shape, back);
      reference::average_pool_gradient(d, shape, other);
      back.expect_near(other);
      max_pool_gradient({.d = d, .x = in}, shape, back);
      reference::max_pool_gradient({.d = d, .x = in}, shape, other);
      back.expect_near(other, 4);
    }
  });
}

/// TensorFlow's SAME padding, the padding left out of divisor and maximum.
TEST(Pool, PublishedValues) {
  const auto numbers = [](int count, float sign) {
    std::vector<float> values;
    for (int i = 1; i <= count; ++i) values.push_back(sign * static_cast<float>(i));
    return values;
  };
  const auto average = [&](int edge, int stride) {
    const PoolShape shape = same({edge, edge, 1}, 3, stride);
    const std::vector<float> in = numbers(edge * edge, 1);
    std::vector<float> out(shape.result().pixels());
    average_pool({in.data(), 1}, shape, {out.data(), 1});
    return out;
  };
  const auto maximum = [&](int edge) {
    const PoolShape shape = same({edge, edge, 1}, 3, 2);
    const std::vector<float> in = numbers(edge * edge, -1);
    std::vector<float> out(shape.result().pixels());
    max_pool({in.data(), 1}, shape, {out.data(), 1});
    return out;
  };
  EXPECT_EQ(average(4, 2), (std::vector<float>{6, 7.5, 12, 13.5}));
  EXPECT_EQ(average(5, 2), (std::vector<float>{4, 5.5, 7, 11.5, 13, 14.5, 19, 20.5, 22}));
  EXPECT_EQ(average(4, 1), (std::vector<float>{3.5, 4, 5, 5.5, 5.5, 6, 7, 7.5, 9.5, 10, 11, 11.5,
                                               11.5, 12, 13, 13.5}));
  EXPECT_EQ(maximum(4), (std::vector<float>{-1, -3, -9, -11}));
  EXPECT_EQ(maximum(5), (std::vector<float>{-1, -2, -4, -6, -7, -9, -16, -17, -19}));
}

TEST(Pool, GlobalAverageEqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 40; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "global pool");
      const int pixels = 1 + static_cast<int>(random.below(400));
      const int channels = 1 + static_cast<int>(random.below(70));
      const GlobalPoolShape shape = {.pixels = pixels, .channels = channels, .relu = seed % 2 == 0};
      const TestMap in(pixels, channels, 3, random), d(1, channels, 0, random);
      TestMap ours(1, channels, 0, random), theirs = ours;
      global_average(in, shape, ours);
      reference::global_average(in, shape, theirs);
      ours.expect_near(theirs);
      for (const Write write : {Write::kReplace, Write::kAdd}) {
        TestMap back(pixels, channels, 2, random), expected = back;
        global_average_gradient({.d = d, .x = in}, shape, back, write);
        reference::global_average_gradient({.d = d, .x = in}, shape, expected, write);
        back.expect_near(expected);
      }
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
