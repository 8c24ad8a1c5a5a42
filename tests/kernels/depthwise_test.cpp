#include "nasnet/kernels/depthwise.h"

#include "nasnet/kernels/activation.h"
#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

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

/// A padded image, a part of a wider one now and then.
class PaddedImage {
 public:
  PaddedImage(const DepthwiseShape& shape, Random& random, uint64_t seed)
      : width_(shape.padded_width() + (seed % 4 == 1 ? some(random, 0, 5) : 0)),
        map_(shape.padded_height() * width_, shape.channels, some(random, 0, 9), random) {}
  operator Pixels<const float>() const {
    return {map_.data(), map_.stride(), width_ * map_.stride()};
  }

 private:
  int64_t width_;
  TestMap map_;
};

TEST(Depthwise, EqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 120; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "depthwise");
      const DepthwiseShape shape = some_shape(random, seed);
      const PaddedImage in(shape, random, seed);
      const std::vector<float> weights =
          constants(shape.kernel * shape.kernel, shape.channels, random);
      TestMap ours(shape.height * shape.width, shape.channels, some(random, 0, 9), random);
      TestMap theirs = ours;
      depthwise(in, weights.data(), shape, ours);
      reference::depthwise(in, weights.data(), shape, theirs);
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
      const PaddedImage in(shape, random, seed);
      const TestMap d(shape.height * shape.width, shape.channels, some(random, 0, 9), random);
      std::vector<float> ours = constants(shape.kernel * shape.kernel, shape.channels, random);
      std::vector<float> theirs = ours;
      depthwise_weight_gradient({.d = d, .x = in}, shape, ours.data());
      reference::depthwise_weight_gradient({.d = d, .x = in}, shape, theirs.data());
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
      const Size size = shape.result();
      TestMap around((size.height + border.down()) * (size.width + border.across()), shape.channels,
                     some(random, 0, 9), random);
      clear_border(size, border, around);
      const Pixels<const float> d = inside(around.map(), border, size.width);
      const std::vector<float> weights =
          constants(shape.kernel * shape.kernel, shape.channels, random);
      const TestMap activated(part.height * part.width, shape.channels, some(random, 0, 9), random);
      const TestMap raw = activated;
      const std::vector<float> origin = constants(1, shape.channels, random);
      TestMap ours(part.height * part.width, shape.channels, some(random, 0, 9), random);
      TestMap theirs = ours;
      std::vector<double> sums[4];
      for (auto& each : sums) each.assign(static_cast<size_t>(shape.channels), 1.0);
      Passage<float> passage = {.write = seed % 5 < 2 ? Write::kAdd : Write::kReplace};
      if (seed % 2 == 0) passage.activated = activated;
      if (seed % 3 == 0) passage.raw = raw;
      passage.sums = {origin.data(), sums[0].data(), sums[1].data()};
      depthwise_input_gradient(d, weights.data(), shape, part, passage, ours);
      passage.sums = {origin.data(), sums[2].data(), sums[3].data()};
      reference::depthwise_input_gradient(d, weights.data(), shape, part, passage, theirs);
      ours.expect_near(theirs, shape.kernel);
      const double terms = shape.kernel * part.height * part.width;
      for (size_t c = 0; c < origin.size() && c < sums[0].size(); ++c) {
        ASSERT_NEAR(sums[0][c], sums[2][c], 1e-5 * terms);
        ASSERT_NEAR(sums[1][c], sums[3][c], 1e-5 * terms * 3);
      }
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
