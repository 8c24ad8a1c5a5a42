// The bf16 kernels: what they compute from rounded inputs is what the float oracles compute from
// the same inputs, but for the rounding of the results.

#include "nasnet/kernels/bf16.h"

#include <utility>

#include "nasnet/kernels/activation.h"
#include "nasnet/kernels/channel_sums.h"
#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/pool.h"
#include "nasnet/kernels/terms.h"
#include "tests/kernels/kernel_tests.h"
#include "tests/kernels/narrow_map.h"

namespace nasnet::kernels {
namespace {

TEST(Bf16, RoundsToTheNearestEvenOfTwo) {
  for (const float exact : {0.0f, 1.0f, -2.5f, 0x1p100f, 255.0f})
    EXPECT_EQ(float(Bf16(exact)), exact);
  EXPECT_EQ(float(Bf16(1.0f + 1.0f / 256)), 1.0f);              // half way: to the even one
  EXPECT_EQ(float(Bf16(1.0f + 3.0f / 256)), 1.0f + 1.0f / 64);  // half way: to the even one
  EXPECT_EQ(float(Bf16(1.0f + 1.1f / 256)), 1.0f + 1.0f / 128);
  EXPECT_EQ(float(Bf16(INFINITY)), INFINITY);
  EXPECT_EQ(float(Bf16(-INFINITY)), -INFINITY);
  // Mantissas that rounding would carry into the sign, or leave nothing of.
  for (const uint32_t nan : {0x7fc00000u, 0xffc00000u, 0x7fffffffu, 0xffffffffu, 0x7f800001u})
    EXPECT_TRUE(std::isnan(float(Bf16(std::bit_cast<float>(nan))))) << nan;
}

TEST(Bf16, ElementwiseEqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "bf16 elementwise");
      const int pixels = some(random, 1, 90), channels = some(random, 1, 70);
      const NarrowMap x(pixels, channels, some(random, 0, 20), random);
      const NarrowMap d(pixels, channels, some(random, 0, 20), random);
      const std::vector<float> scale = constants(1, channels, random);
      const std::vector<float> shift = constants(1, channels, random);
      const Affine affine = {scale.data(), shift.data()};
      const Size size = {.width = pixels, .channels = channels};
      {
        NarrowMap out(pixels, channels, some(random, 0, 9), random);
        activate(x, size, {.affine = affine, .relu = true}, out);
        reference::activate(x.wide(), size, {.affine = affine, .relu = true}, out.wide());
        out.expect_rounded();
      }
      for (const Write write : {Write::kReplace, Write::kAdd}) {
        NarrowMap out(pixels, channels, some(random, 0, 9), random);
        apply({.x = x.map(), .affine = affine, .factor = 1.5f}, size, out, write);
        reference::apply({.x = x.wide(), .affine = affine, .factor = 1.5f}, size, out.wide(),
                         write);
        out.expect_rounded(8);
      }
      {
        NarrowMap out(pixels, channels, some(random, 0, 9), random);
        combine({.x = x.map(), .affine = affine, .factor = 0.5f}, {.x = d.map(), .factor = 2.0f},
                size, out);
        reference::combine({.x = x.wide(), .affine = affine, .factor = 0.5f},
                           {.x = d.wide(), .factor = 2.0f}, size, out.wide());
        out.expect_rounded(8);
      }
      const Backward<float> wide = {.d = d.wide(), .x = x.wide()};
      const Backward<Bf16> narrow = {.d = d, .x = x};
      {
        const NormGradient norm = {
            .d_scale = scale.data(), .x_scale = shift.data(), .shift = scale.data()};
        NarrowMap out(pixels, channels, some(random, 0, 9), random);
        norm_gradient(narrow, norm, size, out);
        reference::norm_gradient(wide, norm, size, out.wide());
        out.expect_rounded(8);
      }
      std::vector<double> sums(static_cast<size_t>(channels)), products = sums, sums2 = sums,
                                                               products2 = sums;
      gradient_sums(narrow, size, {shift.data(), sums.data(), products.data()});
      reference::gradient_sums(wide, size, {shift.data(), sums2.data(), products2.data()});
      for (size_t c = 0; c < sums.size(); ++c) {
        EXPECT_NEAR(sums[c], sums2[c], 1e-4);
        EXPECT_NEAR(products[c], products2[c], 2e-4);
      }
    }
  });
}

TEST(Bf16, DepthwiseEqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "bf16 depthwise");
      const int kernel = 3 + 2 * static_cast<int>(seed % 3);
      const DepthwiseShape shape = {.channels = some(random, 1, 50),
                                    .kernel = kernel,
                                    .stride = some(random, 1, 2),
                                    .height = some(random, 1, 20),
                                    .width = some(random, 1, 20)};
      const std::vector<float> weights = constants(kernel * kernel, shape.channels, random);
      const TestMap in(int64_t{shape.padded_height()} * shape.padded_width(), shape.channels, 0,
                       random);
      NarrowMap out(shape.result().pixels(), shape.channels, some(random, 0, 9), random);
      depthwise(in, weights.data(), shape, out);
      reference::depthwise(in, weights.data(), shape, out.wide());
      out.expect_rounded(kernel);

      const Part part = {1, 1, shape.padded_height() - 2, shape.padded_width() - 2};
      const Border border = gradient_border(shape, part);
      const Size size = shape.result();
      const int channels = shape.channels;
      TestMap around((size.height + border.down()) * (size.width + border.across()), channels, 0,
                     random);
      clear_border(size, border, around);
      const Pixels<const float> d = inside(around.map(), border, size.width);
      const int64_t pixels = int64_t{part.height} * part.width;
      const NarrowMap raw(pixels, channels, 0, random);
      const std::vector<float> origin = constants(1, channels, random);
      std::vector<double> sums(static_cast<size_t>(channels)), products = sums, sums2 = sums,
                                                               products2 = sums;
      for (const Write write : {Write::kReplace, Write::kAdd}) {
        const Passage<Bf16> narrow = {.activated = raw.wide(),
                                      .raw = raw,
                                      .sums = {origin.data(), sums.data(), products.data()},
                                      .write = write};
        const Passage<float> wide = {.activated = raw.wide(),
                                     .raw = raw.wide(),
                                     .sums = {origin.data(), sums2.data(), products2.data()},
                                     .write = write};
        NarrowMap gradient(pixels, channels, some(random, 0, 9), random);
        depthwise_input_gradient(d, weights.data(), shape, part, narrow, gradient);
        reference::depthwise_input_gradient(d, weights.data(), shape, part, wide, gradient.wide());
        gradient.expect_rounded(kernel);
      }
      for (size_t c = 0; c < sums.size(); ++c) {
        EXPECT_NEAR(sums[c], sums2[c], 1e-3);
        EXPECT_NEAR(products[c], products2[c], 2e-3);
      }
    }
  });
}

TEST(Bf16, PoolsEqualTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "bf16 pools");
      const int stride = some(random, 1, 2), edge = some(random, 3, 17);
      PoolShape shape = {.channels = some(random, 1, 40),
                         .height = edge,
                         .width = edge,
                         .out_height = (edge + stride - 1) / stride,
                         .out_width = (edge + stride - 1) / stride,
                         .kernel = 3,
                         .stride = stride,
                         .top = 1,
                         .left = 1};
      const std::vector<float> affine = constants(2, shape.channels, random);
      if (seed % 2 == 0) shape.affine = {&affine[0], &affine[affine.size() / 2]};
      const int channels = static_cast<int>(shape.channels);
      const int64_t all = shape.image().pixels(), results = shape.result().pixels();
      const NarrowMap in(all, channels, some(random, 0, 9), random);
      const NarrowMap d(results, channels, some(random, 0, 9), random);
      NarrowMap average(results, channels, 3, random), largest = average;
      average_pool(in, shape, average);
      reference::average_pool(in.wide(), shape, average.wide());
      average.expect_rounded();
      max_pool(in, shape, largest);
      reference::max_pool(in.wide(), shape, largest.wide());
      largest.expect_rounded();
      NarrowMap back(all, channels, 2, random);
      average_pool_gradient(d, shape, back);
      reference::average_pool_gradient(d.wide(), shape, back.wide());
      back.expect_rounded();
      NarrowMap of_largest(all, channels, 2, random);
      max_pool_gradient({.d = d, .x = in}, shape, of_largest);
      reference::max_pool_gradient({.d = d.wide(), .x = in.wide()}, shape, of_largest.wide());
      of_largest.expect_rounded();
      NarrowMap mean(1, channels, 0, random);
      const GlobalPoolShape whole = {.pixels = all, .channels = channels, .relu = true};
      global_average(in, whole, mean);
      reference::global_average(in.wide(), whole, mean.wide());
      mean.expect_rounded();
    }
  });
}

TEST(Bf16, MatmulEqualsTheReference) {
  if (!can_multiply_bf16()) GTEST_SKIP() << "this processor has no bf16 products";
  for (uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed, 0, "bf16 matmul");
    const int rows = some(random, 1, 70), inner = some(random, 1, 70);
    const int columns = seed % 3 == 0 ? 16 * some(random, 1, 6) : some(random, 1, 90);
    // Rows of an odd size have one value more, zero here as in its weights.
    const int64_t stride = inner_stride<Bf16>(inner);
    std::vector<Bf16> a(static_cast<size_t>(rows * stride));
    std::vector<float> wide_a(a.size(), 0.0f);
    Aligned<Bf16> b;
    const Weights<Bf16> weights(inner, columns, b);
    Aligned<float> wide_b;
    const Weights<float> wide_weights(inner, columns, wide_b);
    for (int k = 0; k < inner; ++k) {
      for (int r = 0; r < rows; ++r) {
        const auto at = static_cast<size_t>(r * stride + k);
        a[at] = Bf16(static_cast<float>(random.normal()));
        wide_a[at] = a[at];
      }
      for (int c = 0; c < columns; ++c) {
        weights.at(k, c) = Bf16(static_cast<float>(random.normal()));
        wide_weights.at(k, c) = weights.at(k, c);
      }
    }
    const std::vector<float> bias = constants(1, columns, random);
    const NarrowMap mask(rows, columns, 3, random);
    for (int kind = 0; kind < 8; ++kind) {
      Finish<Bf16> narrow;
      Finish<float> wide;
      narrow.write = wide.write = kind % 2 == 1 ? Write::kAdd : Write::kReplace;
      if (kind & 2) narrow.bias = wide.bias = bias.data();
      narrow.relu = wide.relu = kind >= 6;
      if (kind & 4) {
        narrow.mask = mask;
        wide.mask = mask.wide();
      }
      NarrowMap c(rows, columns, some(random, 0, 20), random);
      TestMap floats(rows, columns, some(random, 0, 20), random), expected = floats;
      const Product size = {.rows = rows, .inner = inner, .columns = columns};
      const Pixels of_narrow = {std::as_const(a).data(), stride};
      const Pixels of_wide = {std::as_const(wide_a).data(), stride};
      matmul(of_narrow, b.data(), size, c, narrow);
      reference::matmul(of_wide, wide_b.data(), size, c.wide(), wide);
      c.expect_rounded(inner);
      matmul(of_narrow, b.data(), size, floats, wide);
      reference::matmul(of_wide, wide_b.data(), size, expected, wide);
      floats.expect_near(expected, std::sqrt(inner));
    }
  }
}

TEST(Bf16, TransposedMatmulEqualsTheReference) {
  if (!can_multiply_bf16()) GTEST_SKIP() << "this processor has no bf16 products";
  for (uint64_t seed = 0; seed < 120; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed, 0, "bf16 transposed");
    const int rows = some(random, 1, 150), inner = some(random, 1, 60);
    const int columns = seed % 3 == 0 ? 16 * some(random, 1, 6) : some(random, 1, 90);
    const NarrowMap a(rows, inner, some(random, 0, 5), random);
    const NarrowMap d(rows, columns, some(random, 0, 5), random);
    std::vector<float> ours = constants(inner, columns, random), theirs = ours;
    const TransposedProduct size = {.rows = rows, .inner = inner, .columns = columns};
    matmul_transposed({.d = d, .x = a}, size, ours.data());
    reference::matmul_transposed({.d = d.wide(), .x = a.wide()}, size, theirs.data());
    expect_near_constants(ours, theirs, columns, std::sqrt(rows));
  }
}

}  // namespace
}  // namespace nasnet::kernels
