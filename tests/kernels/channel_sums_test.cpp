#include "nasnet/kernels/channel_sums.h"

#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

TEST(ChannelSums, EqualTheReference) {
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
      const Size size = {.width = pixels, .channels = channels};
      const CenteredSums ours = {origin.data(), sum.data(), squares.data()};
      const CenteredSums theirs = {origin.data(), other.data(), others.data()};
      channel_sums(x, size, ours);
      reference::channel_sums(x, size, theirs);
      for (size_t c = 0; c < sum.size(); ++c) {
        ASSERT_NEAR(sum[c], other[c], 1e-5 * pixels);
        ASSERT_NEAR(squares[c], others[c], 1e-5 * (1 + others[c]));
      }
      gradient_sums({.d = d, .x = x}, size, ours);
      reference::gradient_sums({.d = d, .x = x}, size, theirs);
      for (size_t c = 0; c < sum.size(); ++c) {
        ASSERT_NEAR(sum[c], other[c], 1e-5 * pixels);
        ASSERT_NEAR(squares[c], others[c], 1e-5 * (pixels + std::abs(others[c])));
      }
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
