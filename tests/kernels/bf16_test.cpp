// The bf16 kernels: what they compute from rounded inputs is what the float oracles compute from
// the same inputs, but for the rounding of the results.

#include "nasnet/kernels/bf16.h"

#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/elementwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/pool.h"
#include "tests/kernels/kernel_tests.h"
#include "tests/kernels/narrow_map.h"

namespace nasnet::kernels {
namespace {

int some(Random& random, int least, int most) {
  return least + static_cast<int>(random.below(static_cast<uint32_t>(most - least + 1)));
}

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
      {
        NarrowMap out(pixels, channels, some(random, 0, 9), random);
        activate(x.data(), x.stride(), 1, pixels, channels, affine, true, out.data(), out.stride(),
                 0);
        reference::pad(x.wide(), x.stride(), 1, pixels, channels, affine, true, {}, out.wide(),
                       out.stride());
        out.expect_rounded();
      }
      for (const bool accumulate : {false, true}) {
        NarrowMap out(pixels, channels, some(random, 0, 9), random);
        apply(x.data(), x.stride(), pixels, channels, affine, 1.5f, out.data(), out.stride(),
              accumulate);
        reference::apply(x.wide(), x.stride(), pixels, channels, affine, 1.5f, out.wide(),
                         out.stride(), accumulate);
        out.expect_rounded(8);
      }
      {
        NarrowMap out(pixels, channels, some(random, 0, 9), random);
        combine(Term<Bf16>{x.data(), x.stride(), affine, 0.5f},
                Term<Bf16>{d.data(), d.stride(), {}, 2.0f}, pixels, channels, out.data(),
                out.stride());
        reference::combine(Term<float>{x.wide(), x.stride(), affine, 0.5f},
                           Term<float>{d.wide(), d.stride(), {}, 2.0f}, pixels, channels,
                           out.wide(), out.stride());
        out.expect_rounded(8);
      }
      {
        NarrowMap out(pixels, channels, some(random, 0, 9), random);
        norm_gradient(d.data(), d.stride(), x.data(), x.stride(), pixels, channels, scale.data(),
                      shift.data(), scale.data(), out.data(), out.stride());
        reference::norm_gradient(d.wide(), d.stride(), x.wide(), x.stride(), pixels, channels,
                                 scale.data(), shift.data(), scale.data(), out.wide(),
                                 out.stride());
        out.expect_rounded(8);
      }
      std::vector<double> sums(static_cast<size_t>(channels)), products = sums, sums2 = sums,
                                                               products2 = sums;
      gradient_sums(d.data(), d.stride(), x.data(), x.stride(), pixels, channels, shift.data(),
                    sums.data(), products.data());
      reference::gradient_sums(d.wide(), d.stride(), x.wide(), x.stride(), pixels, channels,
                               shift.data(), sums2.data(), products2.data());
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
      NarrowMap out(int64_t{shape.height} * shape.width, shape.channels, some(random, 0, 9),
                    random);
      depthwise(in.data(), in.stride(), weights.data(), shape, out.data(), out.stride());
      reference::depthwise(in.data(), in.stride(), weights.data(), shape, out.wide(), out.stride());
      out.expect_rounded(kernel);

      const Part part = {1, 1, shape.padded_height() - 2, shape.padded_width() - 2};
      const Border border = gradient_border(shape, part);
      const int64_t row = shape.width + border.left + border.right;
      const int channels = shape.channels;
      std::vector<float> d(
          static_cast<size_t>((shape.height + border.top + border.bottom) * row * channels), 0.0f);
      float* first = d.data() + (border.top * row + border.left) * channels;
      for (int y = 0; y < shape.height; ++y)
        for (int x = 0; x < shape.width * channels; ++x)
          first[y * row * channels + x] = static_cast<float>(random.normal());
      const NarrowMap raw(int64_t{part.height} * part.width, channels, 0, random);
      const std::vector<float> origin = constants(1, channels, random);
      std::vector<double> sums(static_cast<size_t>(channels)), products = sums, sums2 = sums,
                                                               products2 = sums;
      Passage<Bf16> narrow;
      Passage<float> wide;
      const auto set = [&](auto& passage, const auto* map, double* sum, double* product) {
        passage.activated = raw.wide();
        passage.activated_stride = raw.stride();
        passage.activated_row = part.width * raw.stride();
        passage.raw = map;
        passage.raw_stride = raw.stride();
        passage.origin = origin.data();
        passage.sum = sum;
        passage.product = product;
      };
      set(narrow, raw.data(), sums.data(), products.data());
      set(wide, raw.wide(), sums2.data(), products2.data());
      for (const bool accumulate : {false, true}) {
        NarrowMap gradient(int64_t{part.height} * part.width, channels, some(random, 0, 9), random);
        depthwise_input_gradient(first, channels, weights.data(), shape, part, narrow,
                                 gradient.data(), gradient.stride(), accumulate);
        reference::depthwise_input_gradient(first, channels, weights.data(), shape, part, wide,
                                            gradient.wide(), gradient.stride(), accumulate);
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
      const int64_t all = int64_t{edge} * edge;
      const int64_t results = int64_t{shape.out_height} * shape.out_width;
      const NarrowMap in(all, shape.channels, some(random, 0, 9), random);
      const NarrowMap d(results, shape.channels, some(random, 0, 9), random);
      NarrowMap average(results, shape.channels, 3, random), largest = average;
      average_pool(in.data(), in.stride(), shape, average.data(), average.stride());
      reference::average_pool(in.wide(), in.stride(), shape, average.wide(), average.stride());
      average.expect_rounded();
      max_pool(in.data(), in.stride(), shape, largest.data(), largest.stride());
      reference::max_pool(in.wide(), in.stride(), shape, largest.wide(), largest.stride());
      largest.expect_rounded();
      NarrowMap back(all, shape.channels, 2, random);
      average_pool_gradient(d.data(), d.stride(), shape, back.data(), back.stride());
      reference::average_pool_gradient(d.wide(), d.stride(), shape, back.wide(), back.stride());
      back.expect_rounded();
      NarrowMap of_largest(all, shape.channels, 2, random);
      max_pool_gradient(in.data(), in.stride(), d.data(), d.stride(), shape, of_largest.data(),
                        of_largest.stride());
      reference::max_pool_gradient(in.wide(), in.stride(), d.wide(), d.stride(), shape,
                                   of_largest.wide(), of_largest.stride());
      of_largest.expect_rounded();
      NarrowMap mean(1, shape.channels, 0, random);
      global_average(in.data(), in.stride(), all, shape.channels, true, mean.data());
      reference::global_average(in.wide(), in.stride(), all, shape.channels, true, mean.wide());
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
      narrow.accumulate = wide.accumulate = kind % 2 == 1;
      if (kind & 2) narrow.bias = wide.bias = bias.data();
      narrow.relu = wide.relu = kind >= 6;
      if (kind & 4) {
        narrow.mask = mask.data();
        wide.mask = mask.wide();
        narrow.mask_stride = wide.mask_stride = mask.stride();
      }
      NarrowMap c(rows, columns, some(random, 0, 20), random);
      TestMap floats(rows, columns, some(random, 0, 20), random), expected = floats;
      matmul(a.data(), stride, rows, inner, b.data(), columns, c.data(), c.stride(), narrow);
      reference::matmul(wide_a.data(), stride, rows, inner, wide_b.data(), columns, c.wide(),
                        c.stride(), wide);
      c.expect_rounded(inner);
      matmul(a.data(), stride, rows, inner, b.data(), columns, floats.data(), floats.stride(),
             wide);
      reference::matmul(wide_a.data(), stride, rows, inner, wide_b.data(), columns, expected.data(),
                        expected.stride(), wide);
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
    matmul_transposed(a.data(), a.stride(), d.data(), d.stride(), rows, inner, columns,
                      ours.data());
    reference::matmul_transposed(a.wide(), a.stride(), d.wide(), d.stride(), rows, {}, inner,
                                 columns, theirs.data());
    expect_near_constants(ours, theirs, columns, std::sqrt(rows));
  }
}

}  // namespace
}  // namespace nasnet::kernels
