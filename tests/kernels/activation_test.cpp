#include "nasnet/kernels/activation.h"

#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

TEST(Activation, AndItsGradientEqualTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 150; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "pad");
      const int channels = some_channels(random, seed);
      const Size size = {some(random, 1, 9), some(random, 1, 9), channels};
      const Border border = {some(random, 0, 3), some(random, 0, 3), some(random, 0, 3),
                             some(random, 0, 3)};
      const int64_t full = (size.height + border.down()) * (size.width + border.across());
      const std::vector<float> scale = constants(1, channels, random);
      const std::vector<float> shift = constants(1, channels, random);
      const Affine affine = seed % 2 == 0 ? Affine{scale.data(), shift.data()} : Affine{};
      const Activation activation = {.affine = affine, .relu = seed % 4 < 2};
      const TestMap in(size.pixels(), channels, some(random, 0, 9), random);
      TestMap ours(full, channels, some(random, 0, 9), random), theirs = ours;
      pad(in, size, activation, border, ours);
      reference::pad(in, size, activation, border, theirs);
      ours.expect_near(theirs);
      const TestMap d(full, channels, some(random, 0, 9), random);
      TestMap back(size.pixels(), channels, some(random, 0, 9), random), other = back;
      const Write write = seed % 5 < 2 ? Write::kAdd : Write::kReplace;
      const Backward<float> from = {.d = inside(d.map(), border, size.width), .x = in};
      activate_gradient(from, size, activation, back, write);
      reference::activate_gradient(from, size, activation, other, write);
      back.expect_near(other);
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
