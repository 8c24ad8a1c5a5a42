#include "nasnet/kernels/depthwise.h"

#include "nasnet/kernels/elementwise.h"
#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

int some(Random& random, int least, int most) {
  return least + static_cast<int>(random.below(static_cast<uint32_t>(most - least + 1)));
}

DepthwiseShape some_shape(Random& random, uint64_t seed) {
  DepthwiseShape shape;
  shape.kernel = seed % 7 == 0 ? 1 + 2 * some(random, 0, 4) : 3 + 2 * some(random, 0, 2);
  shape.stride = some(random, 1, 2);
  shape.dilation = some(random, 1, 2);
  shape.channels = seed % 3 == 0 ? 8 * some(random, 1, 6) : some(random, 1, 50);
  shape.height = some(random, 1, 12);
  shape.width = some(random, 1, 18);
  // A part of a wider image, now and then.
  if (seed % 4 == 1) shape.in_row = shape.padded_width() + some(random, 0, 5);
  return shape;
}

int64_t padded_pixels(const DepthwiseShape& shape) {
  return shape.padded_height() * shape.row();
}

TEST(Depthwise, EqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 120; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "depthwise");
      const DepthwiseShape shape = some_shape(random, seed);
      const TestMap in(padded_pixels(shape), shape.channels, some(random, 0, 9), random);
      const std::vector<float> weights =
          constants(shape.kernel * shape.kernel, shape.channels, random);
      TestMap ours(shape.height * shape.width, shape.channels, some(random, 0, 9), random);
      TestMap theirs = ours;
      depthwise(in.data(), in.stride(), weights.data(), shape, ours.data(), ours.stride());
      reference::depthwise(in.data(), in.stride(), weights.data(), shape, theirs.data(),
                           theirs.stride());
      ours.expect_near(theirs, shape.kernel);
    }
  });
}

TEST(Depthwise, WeightGradientEqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 120; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "depthwise weights");
      const DepthwiseShape shape = some_shape(random, seed);
      const TestMap in(padded_pixels(shape), shape.channels, some(random, 0, 9), random);
      const TestMap d(shape.height * shape.width, shape.channels, some(random, 0, 9), random);
      std::vector<float> ours = constants(shape.kernel * shape.kernel, shape.channels, random);
      std::vector<float> theirs = ours;
      depthwise_weight_gradient(in.data(), in.stride(), d.data(), d.stride(),
                                shape.width * d.stride(), shape, ours.data());
      reference::depthwise_weight_gradient(in.data(), in.stride(), d.data(), d.stride(),
                                           shape.width * d.stride(), shape, theirs.data());
      expect_near_constants(ours, theirs, shape.channels, std::sqrt(shape.height * shape.width));
    }
  });
}

TEST(Depthwise, InputGradientEqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 120; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "depthwise input");
      const DepthwiseShape shape = some_shape(random, seed);
      Part part;
      part.row = some(random, 0, shape.padded_height() - 1);
      part.column = some(random, 0, shape.padded_width() - 1);
      part.height = some(random, 1, shape.padded_height() - part.row);
      part.width = some(random, 1, shape.padded_width() - part.column);
      const Border border = gradient_border(shape, part);
      const int high = shape.height + border.top + border.bottom;
      const int wide = shape.width + border.left + border.right;
      TestMap d(high * wide, shape.channels, some(random, 0, 9), random);
      clear_border(shape.height, shape.width, shape.channels, border, d.data(), d.stride());
      const float* first = d.data() + (border.top * wide + border.left) * d.stride();
      const std::vector<float> weights =
          constants(shape.kernel * shape.kernel, shape.channels, random);
      const TestMap activated(part.height * part.width, shape.channels, some(random, 0, 9), random);
      const TestMap raw = activated;
      const std::vector<float> origin = constants(1, shape.channels, random);
      TestMap ours(part.height * part.width, shape.channels, some(random, 0, 9), random);
      TestMap theirs = ours;
      std::vector<double> sums[4];
      for (auto& each : sums) each.assign(static_cast<size_t>(shape.channels), 1.0);
      Passage<float> passage;
      if (seed % 2 == 0) {
        passage.activated = activated.data();
        passage.activated_stride = activated.stride();
        passage.activated_row = activated.stride() * part.width;
      }
      if (seed % 3 == 0) {
        passage.raw = raw.data();
        passage.raw_stride = raw.stride();
        passage.origin = origin.data();
        passage.sum = sums[0].data();
        passage.product = sums[1].data();
      }
      depthwise_input_gradient(first, d.stride(), weights.data(), shape, part, passage, ours.data(),
                               ours.stride(), seed % 5 < 2);
      passage.sum = sums[2].data();
      passage.product = sums[3].data();
      reference::depthwise_input_gradient(first, d.stride(), weights.data(), shape, part, passage,
                                          theirs.data(), theirs.stride(), seed % 5 < 2);
      ours.expect_near(theirs, shape.kernel);
      const double size = shape.kernel * part.height * part.width;
      for (size_t c = 0; c < origin.size() && c < sums[0].size(); ++c) {
        ASSERT_NEAR(sums[0][c], sums[2][c], 1e-5 * size);
        ASSERT_NEAR(sums[1][c], sums[3][c], 1e-5 * size * 3);
      }
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
