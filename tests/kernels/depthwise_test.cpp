#include "nasnet/kernels/depthwise.h"

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
  return shape;
}

int64_t padded_pixels(const DepthwiseShape& shape) {
  return int64_t{shape.padded_height()} * shape.padded_width();
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
      depthwise_weight_gradient(in.data(), in.stride(), d.data(), d.stride(), shape, ours.data());
      reference::depthwise_weight_gradient(in.data(), in.stride(), d.data(), d.stride(), shape,
                                           theirs.data());
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
      const TestMap d(shape.height * shape.width, shape.channels, some(random, 0, 9), random);
      const std::vector<float> weights =
          constants(shape.kernel * shape.kernel, shape.channels, random);
      TestMap ours(part.height * part.width, shape.channels, some(random, 0, 9), random);
      TestMap theirs = ours;
      depthwise_input_gradient(d.data(), d.stride(), weights.data(), shape, part, ours.data(),
                               ours.stride());
      reference::depthwise_input_gradient(d.data(), d.stride(), weights.data(), shape, part,
                                          theirs.data(), theirs.stride());
      ours.expect_near(theirs, shape.kernel);
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
