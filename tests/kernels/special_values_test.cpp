// NaN and infinity come out of every kernel as out of its reference: put in at one place after the
// other, at an edge and inside of the image, in a whole vector of channels and in its tail.

#include <bit>
#include <limits>

#include "nasnet/kernels/activation.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/channel_sums.h"
#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/dot.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/patches.h"
#include "nasnet/kernels/pool.h"
#include "nasnet/kernels/terms.h"
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

Size with_channels(int64_t channels) {
  return {.height = kHeight, .width = kWidth, .channels = channels};
}

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
        const Size size = with_channels(channels);
        const Activation activation = {.affine = affine, .relu = true};
        TestMap ours((kHeight + 1) * (kWidth + 3), channels, 2, random), theirs = ours;
        pad(in, size, activation, border, ours);
        reference::pad(in, size, activation, border, theirs);
        ours.expect_near(theirs);
        expect_kept(special, ours);
        // The gradient where the value is special, and one that is special itself.
        TestMap d(ours.pixels(), channels, 2, random);
        d.at(border.top * (kWidth + 3) + border.left, channels - 1) = special.value;
        const Backward<float> from = {.d = inside(d.map(), border, kWidth), .x = in};
        TestMap back(kPixels, channels, 0, random), expected = back;
        activate_gradient(from, size, activation, back, Write::kReplace);
        reference::activate_gradient(from, size, activation, expected, Write::kReplace);
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
    activate_gradient({.d = {d, 6}, .x = {in, 6}}, {.channels = 6}, {.relu = true}, {out, 6},
                      Write::kReplace);
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
    const Size size = with_channels(channels);
    const CenteredSums sums = {a.data(), sum.data(), other.data()};
    const CenteredSums sums2 = {a.data(), sum2.data(), other2.data()};
    channel_sums(x, size, sums);
    reference::channel_sums(x, size, sums2);
    expect_same_sums(sum, sum2);
    expect_same_sums(other, other2);
    gradient_sums({.d = x, .x = d}, size, sums);
    reference::gradient_sums({.d = x, .x = d}, size, sums2);
    expect_same_sums(sum, sum2);
    expect_same_sums(other, other2);

    TestMap ours(kPixels, channels, 2, random), theirs = ours;
    // A factor of nothing, as a dropped path has: 0 x NaN is NaN.
    for (const float factor : {1.5f, 0.0f}) {
      const Term<float> term = {.x = x, .affine = {a.data(), b.data()}, .factor = factor};
      apply(term, size, ours, Write::kReplace);
      reference::apply(term, size, theirs, Write::kReplace);
      ours.expect_near(theirs);
      expect_kept(special, ours);
      const Term<float> plain = {.x = x, .factor = factor}, other_term = {.x = d};
      combine(plain, other_term, size, ours);
      reference::combine(plain, other_term, size, theirs);
      ours.expect_near(theirs);
      expect_kept(special, ours);
    }
    const NormGradient norm = {.d_scale = a.data(), .x_scale = b.data(), .shift = a.data()};
    norm_gradient({.d = d, .x = x}, norm, size, ours);
    reference::norm_gradient({.d = d, .x = x}, norm, size, theirs);
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
      const int64_t results = shape.result().pixels();
      TestMap ours(results, channels, 2, random), theirs = ours;
      average_pool(in, shape, ours);
      reference::average_pool(in, shape, theirs);
      ours.expect_near(theirs);
      expect_kept(special, ours);
      max_pool(in, shape, ours);
      reference::max_pool(in, shape, theirs);
      ours.expect_equal(theirs);
      expect_kept(special, ours);
      TestMap d(results, channels, 1, random);
      TestMap back(kPixels, channels, 1, random), expected = back;
      max_pool_gradient({.d = d, .x = in}, shape, back);
      reference::max_pool_gradient({.d = d, .x = in}, shape, expected);
      back.expect_near(expected, 4);
      d.at(special.pixel % results, special.channel) = special.value;
      average_pool_gradient(d, shape, back);
      reference::average_pool_gradient(d, shape, expected);
      back.expect_near(expected);
      max_pool_gradient({.d = d, .x = in}, shape, back);
      reference::max_pool_gradient({.d = d, .x = in}, shape, expected);
      back.expect_near(expected, 4);
      expect_kept(special, back);
    }
    for (const bool relu : {false, true}) {
      const TestMap in = special_map(special, channels, random), d(1, channels, 0, random);
      TestMap ours(1, channels, 0, random), theirs = ours;
      const GlobalPoolShape whole = {.pixels = kPixels, .channels = channels, .relu = relu};
      global_average(in, whole, ours);
      reference::global_average(in, whole, theirs);
      ours.expect_near(theirs);
      expect_kept(special, ours);
      TestMap back(kPixels, channels, 2, random), expected = back;
      const Backward<float> from = {.d = d, .x = in};
      global_average_gradient(from, whole, back, Write::kReplace);
      reference::global_average_gradient(from, whole, expected, Write::kReplace);
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
    max_pool_gradient({.d = {&one, 1}, .x = {in.data(), 1}}, shape, {gradient.data(), 1});
    EXPECT_EQ(gradient, (std::vector<float>{0, 0, 0, 0, 1, 0, 0, 0, 0}));
    in.assign(9, -kInfinity);
    gradient.assign(9, 0.0f);
    max_pool_gradient({.d = {&one, 1}, .x = {in.data(), 1}}, shape, {gradient.data(), 1});
    EXPECT_EQ(gradient, (std::vector<float>{1, 0, 0, 0, 0, 0, 0, 0, 0}));
    float largest = 0;
    max_pool({in.data(), 1}, shape, {&largest, 1});
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
      const auto place = [&](int64_t pixel) {
        return (pixel / kWidth + before) * row + pixel % kWidth + before;
      };
      TestMap in(shape.padded_height() * row, channels, 1, random);
      in.at(place(special.pixel), special.channel) = special.value;
      std::vector<float> weights = constants(kernel * kernel, channels, random);
      TestMap ours(kPixels, channels, 1, random), theirs = ours;
      depthwise(in, weights.data(), shape, ours);
      reference::depthwise(in, weights.data(), shape, theirs);
      ours.expect_near(theirs, kernel);
      expect_kept(special, ours);

      const TestMap d = special_map(special, channels, random);
      std::vector<float> gradient = constants(kernel * kernel, channels, random);
      std::vector<float> expected = gradient;
      depthwise_weight_gradient({.d = d, .x = in}, shape, gradient.data());
      reference::depthwise_weight_gradient({.d = d, .x = in}, shape, expected.data());
      expect_near_constants(gradient, expected, channels, kPixels);

      // Back through a ReLU whose result is special where the gradient is not.
      const Part part = {static_cast<int>(before), static_cast<int>(before), kHeight, kWidth};
      const Border border = gradient_border(shape, part);
      TestMap around((kHeight + border.down()) * (kWidth + border.across()), channels, 0, random);
      clear_border(with_channels(channels), border, around);
      const Pixels<const float> above = inside(around.map(), border, kWidth);
      const TestMap activated = special_map(special, channels, random);
      const std::vector<float> origin = constants(1, channels, random);
      std::vector<double> sums[4];
      for (auto& each : sums) each.assign(channels, 0.0);
      Passage<float> passage = {.activated = activated,
                                .raw = activated,
                                .sums = {origin.data(), sums[0].data(), sums[1].data()}};
      depthwise_input_gradient(above, weights.data(), shape, part, passage, ours);
      passage.sums = {origin.data(), sums[2].data(), sums[3].data()};
      reference::depthwise_input_gradient(above, weights.data(), shape, part, passage, theirs);
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
      if (kind >= 2) finish.mask = mask;
      TestMap ours(kPixels, columns, 1, random), theirs = ours;
      const auto compare = [&](const TestMap& left) {
        const Product size = {.rows = kPixels, .inner = inner, .columns = columns};
        matmul(left, b.data(), size, ours, finish);
        reference::matmul(left, b.data(), size, theirs, finish);
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
    const TransposedProduct size = {.rows = kPixels, .inner = inner, .columns = columns};
    matmul_transposed({.d = d, .x = a}, size, ours.data());
    reference::matmul_transposed({.d = d, .x = a}, size, theirs.data());
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
        const LatticeShape shape = {.channels = kNarrow};
        const auto read = [](const TestMap& map) {
          return OnLattice<const float>{map.data(), {.step = map.stride()}};
        };
        const auto written = [](TestMap& map) {
          return OnLattice<float>{map.data(), {.step = map.stride()}};
        };
        winograd(Winograd::kInput, taps, read(in), written(ours), shape);
        reference::winograd(Winograd::kInput, taps, read(in), written(theirs), shape);
        ours.expect_near(theirs, 20);
        expect_kept(special, ours);
        TestMap results(kWinogradTile, kNarrow, 0, random), expected = results;
        winograd(Winograd::kOutput, taps, read(ours), written(results), shape);
        reference::winograd(Winograd::kOutput, taps, read(theirs), written(expected), shape);
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
    const Size size = with_channels(channels);
    activate(in, size, {.relu = true}, out);
    reference::activate(in.wide(), size, {.relu = true}, out.wide());
    out.expect_rounded();
    // Values from floats are rounded on their way, also where they are only copied.
    const Affine affine = {one.data(), one.data()};
    apply({.x = in.map(), .affine = affine, .factor = 2}, size, out, Write::kReplace);
    reference::apply({.x = in.wide(), .affine = affine, .factor = 2}, size, out.wide(),
                     Write::kReplace);
    out.expect_rounded(8);
    const NormGradient norm = {.d_scale = one.data(), .x_scale = one.data(), .shift = one.data()};
    norm_gradient({.d = in, .x = in}, norm, size, out);
    reference::norm_gradient({.d = in.wide(), .x = in.wide()}, norm, size, out.wide());
    out.expect_rounded(8);
    const PoolShape shape = pool_shape(1, false, channels);
    average_pool(in, shape, out);
    reference::average_pool(in.wide(), shape, out.wide());
    out.expect_rounded();
    max_pool(in, shape, out);
    reference::max_pool(in.wide(), shape, out.wide());
    out.expect_rounded();
    const NarrowMap d(kPixels, channels, 0, random);
    NarrowMap back(kPixels, channels, 1, random);
    max_pool_gradient({.d = d, .x = in}, shape, back);
    reference::max_pool_gradient({.d = d.wide(), .x = in.wide()}, shape, back.wide());
    back.expect_rounded(4);
    NarrowMap mean(1, channels, 0, random);
    const GlobalPoolShape whole = {.pixels = kPixels, .channels = channels, .relu = true};
    global_average(in, whole, mean);
    reference::global_average(in.wide(), whole, mean.wide());
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
        finish.mask = mask;
        expected.mask = mask.wide();
      }
      NarrowMap c(kPixels, columns, 1, random);
      const Product size = {.rows = kPixels, .inner = inner, .columns = columns};
      matmul(a, narrow.data(), size, c, finish);
      reference::matmul(a.wide(), wide.data(), size, c.wide(), expected);
      c.expect_rounded(inner);
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
