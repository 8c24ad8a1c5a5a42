// NaN and infinity come out of every kernel as out of its reference: put in at one place after the
// other, at an edge and inside of the image, in a whole vector of channels and in its tail.

#include <bit>
#include <limits>

#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/elementwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/patches.h"
#include "nasnet/kernels/pool.h"
#include "nasnet/kernels/winograd.h"
#include "tests/kernels/kernel_tests.h"
#include "tests/kernels/narrow_map.h"

namespace nasnet::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
/// More than three vectors of every width, and a tail.
constexpr int kWide = 51, kNarrow = 37;
constexpr int kHeight = 5, kWidth = 6, kPixels = kHeight * kWidth;
constexpr int64_t kPlaces[] = {0, kWidth - 1, 2 * kWidth + 3, kPixels - 1};

struct Special {
  float value;
  int64_t pixel;
  int channel;
};

/// Calls test(special, random) for each value at each place, on every target.
template <class Test>
void for_every_special(int channels, Test test) {
  const float values[] = {std::bit_cast<float>(0x7fc00000u), std::bit_cast<float>(0xffc00000u),
                          std::bit_cast<float>(0x7fffffffu), kInfinity, -kInfinity};
  for_every_target([&] {
    for (const float value : values)
      for (const int64_t pixel : kPlaces)
        for (const int channel : {0, 17, channels - 1}) {
          SCOPED_TRACE(testing::Message() << std::bit_cast<uint32_t>(value) << " at pixel " << pixel
                                          << ", channel " << channel);
          Random random(1, static_cast<uint64_t>(pixel * channels + channel), "special");
          test(Special{value, pixel, channel}, random);
        }
  });
}

TestMap special_map(const Special& special, int channels, Random& random) {
  TestMap map(kPixels, channels, 3, random);
  map.at(special.pixel, special.channel) = special.value;
  return map;
}
NarrowMap special_narrow(const Special& special, int channels, Random& random) {
  NarrowMap map(kPixels, channels, 3, random);
  map.set(special.pixel, special.channel, special.value);
  return map;
}

/// A NaN that went in has come out.
void expect_kept(const Special& special, const TestMap& out) {
  int found = 0;
  for (int64_t p = 0; p < out.pixels(); ++p)
    for (int c = 0; c < out.channels(); ++c) found += !std::isfinite(out.at(p, c));
  if (std::isnan(special.value)) {
    EXPECT_GT(found, 0);
  }
}

void expect_same_sums(const std::vector<double>& ours, const std::vector<double>& theirs) {
  for (size_t c = 0; c < ours.size(); ++c)
    if (!same_special(ours[c], theirs[c])) {
      ASSERT_NEAR(ours[c], theirs[c], 1e-2) << c;
    }
}

TEST(SpecialValues, PassActivation) {
  for (const int channels : {kNarrow, kWide})
    for_every_special(channels, [&](const Special& special, Random& random) {
      const TestMap in = special_map(special, channels, random);
      const std::vector<float> scale = constants(1, channels, random);
      for (const Affine& affine : {Affine{}, Affine{scale.data(), scale.data()}}) {
        const Border border = {1, 2, 0, 1};
        TestMap ours((kHeight + 1) * (kWidth + 3), channels, 2, random), theirs = ours;
        pad(in.data(), in.stride(), kHeight, kWidth, channels, affine, true, border, ours.data(),
            ours.stride());
        reference::pad(in.data(), in.stride(), kHeight, kWidth, channels, affine, true, border,
                       theirs.data(), theirs.stride());
        ours.expect_near(theirs);
        expect_kept(special, ours);
        // The gradient where the value is special, and one that is special itself.
        TestMap d(ours.pixels(), channels, 2, random);
        d.at(border.top * (kWidth + 3) + border.left, channels - 1) = special.value;
        TestMap back(kPixels, channels, 0, random), expected = back;
        unpad(d.data(), d.stride(), kHeight, kWidth, channels, in.data(), in.stride(), affine, true,
              border, back.data(), back.stride(), false);
        reference::unpad(d.data(), d.stride(), kHeight, kWidth, channels, in.data(), in.stride(),
                         affine, true, border, expected.data(), expected.stride(), false);
        back.expect_near(expected);
      }
    });
}

/// As libtorch's threshold_backward: a NaN lets its gradient through.
TEST(SpecialValues, TheGradientPassesAReluOfNan) {
  for_every_target([] {
    const float in[] = {std::nanf(""), kInfinity, -kInfinity, 0.0f, -0.0f, 1.0f};
    const float d[] = {1, 2, 3, 4, 5, 6};
    float out[6];
    unpad(d, 6, 1, 1, 6, in, 6, {}, true, {}, out, 6, false);
    const std::vector<float> passed(out, out + 6);
    EXPECT_EQ(passed, (std::vector<float>{1, 2, 0, 0, 0, 6}));
  });
}

TEST(SpecialValues, PassSumsAndNorms) {
  for_every_special(kNarrow, [](const Special& special, Random& random) {
    constexpr int channels = kNarrow;
    const TestMap x = special_map(special, channels, random), d(kPixels, channels, 1, random);
    const std::vector<float> a = constants(1, channels, random), b = constants(1, channels, random);
    std::vector<double> sum(channels, 1.0), other = sum, sum2 = sum, other2 = sum;
    channel_sums(x.data(), x.stride(), kPixels, channels, a.data(), sum.data(), other.data());
    reference::channel_sums(x.data(), x.stride(), kPixels, channels, a.data(), sum2.data(),
                            other2.data());
    expect_same_sums(sum, sum2);
    expect_same_sums(other, other2);
    gradient_sums(x.data(), x.stride(), d.data(), d.stride(), kPixels, channels, a.data(),
                  sum.data(), other.data());
    reference::gradient_sums(x.data(), x.stride(), d.data(), d.stride(), kPixels, channels,
                             a.data(), sum2.data(), other2.data());
    expect_same_sums(sum, sum2);
    expect_same_sums(other, other2);

    TestMap ours(kPixels, channels, 2, random), theirs = ours;
    // A factor of nothing, as a dropped path has: 0 x NaN is NaN.
    for (const float factor : {1.5f, 0.0f}) {
      apply(x.data(), x.stride(), kPixels, channels, {a.data(), b.data()}, factor, ours.data(),
            ours.stride(), false);
      reference::apply(x.data(), x.stride(), kPixels, channels, {a.data(), b.data()}, factor,
                       theirs.data(), theirs.stride(), false);
      ours.expect_near(theirs);
      expect_kept(special, ours);
      const Term<float> one = {x.data(), x.stride(), {}, factor}, two = {d.data(), d.stride()};
      combine(one, two, kPixels, channels, ours.data(), ours.stride());
      reference::combine(one, two, kPixels, channels, theirs.data(), theirs.stride());
      ours.expect_near(theirs);
      expect_kept(special, ours);
    }
    norm_gradient(d.data(), d.stride(), x.data(), x.stride(), kPixels, channels, a.data(), b.data(),
                  a.data(), ours.data(), ours.stride());
    reference::norm_gradient(d.data(), d.stride(), x.data(), x.stride(), kPixels, channels,
                             a.data(), b.data(), a.data(), theirs.data(), theirs.stride());
    ours.expect_near(theirs);
    expect_kept(special, ours);
    const float product = dot(&x.data()[special.pixel * x.stride()], a.data(), channels);
    EXPECT_FALSE(std::isfinite(product));
  });
}

PoolShape pool_shape(int stride, bool zeros, int channels) {
  return {.channels = channels,
          .height = kHeight,
          .width = kWidth,
          .out_height = (kHeight + stride - 1) / stride,
          .out_width = (kWidth + stride - 1) / stride,
          .kernel = 3,
          .stride = stride,
          .top = 1,
          .left = stride == 1 ? 1 : 0,
          .zeros = zeros};
}

TEST(SpecialValues, PassPools) {
  for_every_special(kNarrow, [](const Special& special, Random& random) {
    constexpr int channels = kNarrow;
    for (const int kind : {0, 1, 2, 3}) {
      const PoolShape shape = pool_shape(1 + kind % 2, kind >= 2, channels);
      const TestMap in = special_map(special, channels, random);
      const int64_t results = int64_t{shape.out_height} * shape.out_width;
      TestMap ours(results, channels, 2, random), theirs = ours;
      average_pool(in.data(), in.stride(), shape, ours.data(), ours.stride());
      reference::average_pool(in.data(), in.stride(), shape, theirs.data(), theirs.stride());
      ours.expect_near(theirs);
      expect_kept(special, ours);
      max_pool(in.data(), in.stride(), shape, ours.data(), ours.stride());
      reference::max_pool(in.data(), in.stride(), shape, theirs.data(), theirs.stride());
      ours.expect_equal(theirs);
      expect_kept(special, ours);
      TestMap d(results, channels, 1, random);
      TestMap back(kPixels, channels, 1, random), expected = back;
      max_pool_gradient(in.data(), in.stride(), d.data(), d.stride(), shape, back.data(),
                        back.stride());
      reference::max_pool_gradient(in.data(), in.stride(), d.data(), d.stride(), shape,
                                   expected.data(), expected.stride());
      back.expect_near(expected, 4);
      d.at(special.pixel % results, special.channel) = special.value;
      average_pool_gradient(d.data(), d.stride(), shape, back.data(), back.stride());
      reference::average_pool_gradient(d.data(), d.stride(), shape, expected.data(),
                                       expected.stride());
      back.expect_near(expected);
      max_pool_gradient(in.data(), in.stride(), d.data(), d.stride(), shape, back.data(),
                        back.stride());
      reference::max_pool_gradient(in.data(), in.stride(), d.data(), d.stride(), shape,
                                   expected.data(), expected.stride());
      back.expect_near(expected, 4);
      expect_kept(special, back);
    }
    for (const bool relu : {false, true}) {
      const TestMap in = special_map(special, channels, random), d(1, channels, 0, random);
      TestMap ours(1, channels, 0, random), theirs = ours;
      global_average(in.data(), in.stride(), kPixels, channels, relu, ours.data());
      reference::global_average(in.data(), in.stride(), kPixels, channels, relu, theirs.data());
      ours.expect_near(theirs);
      expect_kept(special, ours);
      TestMap back(kPixels, channels, 2, random), expected = back;
      global_average_gradient(in.data(), in.stride(), kPixels, channels, relu, d.data(),
                              back.data(), back.stride(), false);
      reference::global_average_gradient(in.data(), in.stride(), kPixels, channels, relu, d.data(),
                                         expected.data(), expected.stride(), false);
      back.expect_near(expected);
    }
  });
}

/// libtorch's places: the last NaN of a window, and the first of equals, were they all -infinity.
TEST(SpecialValues, TheGradientOfAMaximumGoesToTheLastNan) {
  for_every_target([] {
    const PoolShape shape = {
        .channels = 1, .height = 3, .width = 3, .out_height = 1, .out_width = 1};
    const float one = 1;
    const float nan = std::nanf("");
    std::vector<float> in = {1, nan, 9, 2, nan, 7, 3, 4, 5}, gradient(9, 0.0f);
    max_pool_gradient(in.data(), 1, &one, 1, shape, gradient.data(), 1);
    EXPECT_EQ(gradient, (std::vector<float>{0, 0, 0, 0, 1, 0, 0, 0, 0}));
    in.assign(9, -kInfinity);
    gradient.assign(9, 0.0f);
    max_pool_gradient(in.data(), 1, &one, 1, shape, gradient.data(), 1);
    EXPECT_EQ(gradient, (std::vector<float>{1, 0, 0, 0, 0, 0, 0, 0, 0}));
    float largest = 0;
    max_pool(in.data(), 1, shape, &largest, 1);
    EXPECT_EQ(largest, -kInfinity);
  });
}

TEST(SpecialValues, PassDepthwiseConvolutions) {
  for_every_special(kNarrow, [](const Special& special, Random& random) {
    constexpr int channels = kNarrow;
    for (const int kernel : {3, 5, 9}) {
      const DepthwiseShape shape = {
          .channels = channels, .kernel = kernel, .height = kHeight, .width = kWidth};
      const int64_t row = shape.padded_width(), before = (kernel - 1) / 2;
      const auto inside = [&](int64_t pixel) {
        return (pixel / kWidth + before) * row + pixel % kWidth + before;
      };
      TestMap in(shape.padded_height() * row, channels, 1, random);
      in.at(inside(special.pixel), special.channel) = special.value;
      std::vector<float> weights = constants(kernel * kernel, channels, random);
      TestMap ours(kPixels, channels, 1, random), theirs = ours;
      depthwise(in.data(), in.stride(), weights.data(), shape, ours.data(), ours.stride());
      reference::depthwise(in.data(), in.stride(), weights.data(), shape, theirs.data(),
                           theirs.stride());
      ours.expect_near(theirs, kernel);
      expect_kept(special, ours);

      const TestMap d = special_map(special, channels, random);
      std::vector<float> gradient = constants(kernel * kernel, channels, random);
      std::vector<float> expected = gradient;
      depthwise_weight_gradient(in.data(), in.stride(), d.data(), d.stride(), kWidth * d.stride(),
                                shape, gradient.data());
      reference::depthwise_weight_gradient(in.data(), in.stride(), d.data(), d.stride(),
                                           kWidth * d.stride(), shape, expected.data());
      expect_near_constants(gradient, expected, channels, kPixels);

      // Back through a ReLU whose result is special where the gradient is not.
      const Part part = {static_cast<int>(before), static_cast<int>(before), kHeight, kWidth};
      const Border border = gradient_border(shape, part);
      const int64_t wide = kWidth + border.left + border.right;
      TestMap around((kHeight + border.top + border.bottom) * wide, channels, 0, random);
      clear_border(kHeight, kWidth, channels, border, around.data(), around.stride());
      const TestMap activated = special_map(special, channels, random);
      const std::vector<float> origin = constants(1, channels, random);
      std::vector<double> sums[4];
      for (auto& each : sums) each.assign(channels, 0.0);
      Passage<float> passage = {.activated = activated.data(),
                                .activated_stride = activated.stride(),
                                .activated_row = activated.stride() * kWidth,
                                .raw = activated.data(),
                                .raw_stride = activated.stride(),
                                .origin = origin.data(),
                                .sum = sums[0].data(),
                                .product = sums[1].data()};
      const float* first = around.data() + (border.top * wide + border.left) * around.stride();
      depthwise_input_gradient(first, around.stride(), weights.data(), shape, part, passage,
                               ours.data(), ours.stride(), false);
      passage.sum = sums[2].data();
      passage.product = sums[3].data();
      reference::depthwise_input_gradient(first, around.stride(), weights.data(), shape, part,
                                          passage, theirs.data(), theirs.stride(), false);
      ours.expect_near(theirs, kernel);
      expect_same_sums(sums[0], sums[2]);
      expect_same_sums(sums[1], sums[3]);
    }
  });
}

TEST(SpecialValues, PassProducts) {
  for_every_special(kNarrow, [](const Special& special, Random& random) {
    constexpr int inner = kNarrow, columns = kWide;
    const TestMap a = special_map(special, inner, random);
    std::vector<float> b = constants(inner, columns, random);
    std::vector<float> bias = constants(1, columns, random);
    TestMap mask(kPixels, columns, 1, random);
    mask.at(special.pixel, columns - 1) = special.value;
    for (const int kind : {0, 1, 2, 3}) {
      Finish<float> finish = {.bias = bias.data(), .relu = kind % 2 == 1};
      if (kind >= 2) {
        finish.mask = mask.data();
        finish.mask_stride = mask.stride();
      }
      TestMap ours(kPixels, columns, 1, random), theirs = ours;
      const auto compare = [&](const TestMap& left) {
        matmul(left.data(), left.stride(), kPixels, inner, b.data(), columns, ours.data(),
               ours.stride(), finish);
        reference::matmul(left.data(), left.stride(), kPixels, inner, b.data(), columns,
                          theirs.data(), theirs.stride(), finish);
        ours.expect_near(theirs, 6);
      };
      compare(a);
      if (kind < 2) expect_kept(special, ours);
      // The same of a weight, in a whole vector of columns and in the tail, and of a bias.
      const std::vector<float> weights = b, biases = bias;
      b[3 * padded(columns) + special.channel] = special.value;
      bias[columns - 1] = special.value;
      compare(TestMap(kPixels, inner, 0, random));
      b = weights;
      bias = biases;
    }
    const TestMap d(kPixels, columns, 2, random);
    std::vector<float> ours = constants(inner, columns, random), theirs = ours;
    matmul_transposed(a.data(), a.stride(), d.data(), d.stride(), kPixels, inner, columns,
                      ours.data());
    reference::matmul_transposed(a.data(), a.stride(), d.data(), d.stride(), kPixels, {}, inner,
                                 columns, theirs.data());
    expect_near_constants(ours, theirs, columns, 6);
  });
}

/// Winograd's transforms spread a NaN over the tile that has it, which none of its results misses;
/// an infinity may come out as NaN.
TEST(SpecialValues, PassWinogradTransforms) {
  for_every_special(kNarrow, [](const Special& special, Random& random) {
    for (const int taps : {3, 4})
      for (int k = 0; k < winograd_points(taps); ++k) {
        const int points = winograd_points(taps);
        TestMap in(points, kNarrow, 1, random), ours(points, kNarrow, 1, random), theirs = ours;
        in.at(k, special.channel) = special.value;
        const LatticeShape shape = {1, 1, 1, kNarrow};
        winograd(Winograd::kInput, taps, in.data(), {in.stride()}, ours.data(), {ours.stride()},
                 shape);
        reference::winograd(Winograd::kInput, taps, in.data(), {in.stride()}, theirs.data(),
                            {theirs.stride()}, shape);
        ours.expect_near(theirs, 20);
        expect_kept(special, ours);
        TestMap results(kWinogradTile, kNarrow, 0, random), expected = results;
        winograd(Winograd::kOutput, taps, ours.data(), {ours.stride()}, results.data(),
                 {results.stride()}, shape);
        reference::winograd(Winograd::kOutput, taps, theirs.data(), {theirs.stride()},
                            expected.data(), {expected.stride()}, shape);
        results.expect_near(expected, 100);
        // The results that a tap of it reaches.
        for (int r = 0; r < kWinogradTile; ++r)
          if (k - r >= 0 && k - r < taps && std::isnan(special.value)) {
            EXPECT_TRUE(std::isnan(results.at(r, special.channel))) << k << " " << r;
          }
      }
  });
}

TEST(SpecialValues, PassBf16) {
  for_every_special(kNarrow, [](const Special& special, Random& random) {
    constexpr int channels = kNarrow;
    const NarrowMap in = special_narrow(special, channels, random);
    const std::vector<float> one = constants(1, channels, random);
    NarrowMap out(kPixels, channels, 2, random);
    activate(in.data(), in.stride(), 1, kPixels, channels, {}, true, out.data(), out.stride(), 0);
    reference::pad(in.wide(), in.stride(), 1, kPixels, channels, {}, true, {}, out.wide(),
                   out.stride());
    out.expect_rounded();
    // Values from floats are rounded on their way, also where they are only copied.
    apply(in.data(), in.stride(), kPixels, channels, {one.data(), one.data()}, 2, out.data(),
          out.stride(), false);
    reference::apply(in.wide(), in.stride(), kPixels, channels, {one.data(), one.data()}, 2,
                     out.wide(), out.stride(), false);
    out.expect_rounded(8);
    norm_gradient(in.data(), in.stride(), in.data(), in.stride(), kPixels, channels, one.data(),
                  one.data(), one.data(), out.data(), out.stride());
    reference::norm_gradient(in.wide(), in.stride(), in.wide(), in.stride(), kPixels, channels,
                             one.data(), one.data(), one.data(), out.wide(), out.stride());
    out.expect_rounded(8);
    const PoolShape shape = pool_shape(1, false, channels);
    average_pool(in.data(), in.stride(), shape, out.data(), out.stride());
    reference::average_pool(in.wide(), in.stride(), shape, out.wide(), out.stride());
    out.expect_rounded();
    max_pool(in.data(), in.stride(), shape, out.data(), out.stride());
    reference::max_pool(in.wide(), in.stride(), shape, out.wide(), out.stride());
    out.expect_rounded();
    const NarrowMap d(kPixels, channels, 0, random);
    NarrowMap back(kPixels, channels, 1, random);
    max_pool_gradient(in.data(), in.stride(), d.data(), d.stride(), shape, back.data(),
                      back.stride());
    reference::max_pool_gradient(in.wide(), in.stride(), d.wide(), d.stride(), shape, back.wide(),
                                 back.stride());
    back.expect_rounded(4);
    NarrowMap mean(1, channels, 0, random);
    global_average(in.data(), in.stride(), kPixels, channels, true, mean.data());
    reference::global_average(in.wide(), in.stride(), kPixels, channels, true, mean.wide());
    mean.expect_rounded();
  });
}

TEST(SpecialValues, PassBf16Products) {
  if (!can_multiply_bf16()) GTEST_SKIP() << "this processor has no bf16 products";
  for_every_special(kNarrow, [](const Special& special, Random& random) {
    constexpr int inner = kNarrow - 1, columns = kNarrow;
    NarrowMap a(kPixels, inner, 2, random);
    a.set(special.pixel, special.channel % inner, special.value);
    Aligned<Bf16> narrow;
    Aligned<float> wide;
    const Weights<Bf16> b(inner, columns, narrow);
    const Weights<float> floats(inner, columns, wide);
    for (int k = 0; k < inner; ++k)
      for (int c = 0; c < columns; ++c)
        floats.at(k, c) = b.at(k, c) = Bf16(static_cast<float>(random.normal()));
    NarrowMap mask(kPixels, columns, 1, random);
    mask.set(special.pixel, special.channel, special.value);
    for (const bool masked : {false, true}) {
      Finish<Bf16> finish{.relu = !masked};
      Finish<float> expected{.relu = !masked};
      if (masked) {
        finish.mask = mask.data();
        expected.mask = mask.wide();
        finish.mask_stride = expected.mask_stride = mask.stride();
      }
      NarrowMap c(kPixels, columns, 1, random);
      matmul(a.data(), a.stride(), kPixels, inner, narrow.data(), columns, c.data(), c.stride(),
             finish);
      reference::matmul(a.wide(), a.stride(), kPixels, inner, wide.data(), columns, c.wide(),
                        c.stride(), expected);
      c.expect_rounded(inner);
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
