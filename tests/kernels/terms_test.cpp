#include "nasnet/kernels/terms.h"

#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

TEST(Terms, AndTheGradientOfANormEqualTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 100; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "apply");
      const int pixels = some(random, 1, 60), channels = some_channels(random, seed);
      const TestMap x(pixels, channels, some(random, 0, 9), random);
      const TestMap d(pixels, channels, some(random, 0, 9), random);
      const std::vector<float> a = constants(1, channels, random);
      const std::vector<float> b = constants(1, channels, random);
      const std::vector<float> c = constants(1, channels, random);
      const Affine affine = seed % 2 == 0 ? Affine{a.data(), b.data()} : Affine{};
      TestMap ours(pixels, channels, some(random, 0, 9), random), theirs = ours;
      const Size size = {.width = pixels, .channels = channels};
      const Write write = seed % 3 == 0 ? Write::kAdd : Write::kReplace;
      const Term<float> term = {.x = x, .affine = affine, .factor = 1.25f};
      apply(term, size, ours, write);
      reference::apply(term, size, theirs, write);
      ours.expect_near(theirs);
      const Term<float> second = {
          .x = d, .affine = {c.data(), a.data()}, .factor = seed % 3 == 0 ? 0.0f : 1.5f};
      combine(term, second, size, ours);
      reference::combine(term, second, size, theirs);
      ours.expect_near(theirs);
      const NormGradient norm = {.d_scale = a.data(), .x_scale = b.data(), .shift = c.data()};
      norm_gradient({.d = d, .x = x}, norm, size, ours);
      reference::norm_gradient({.d = d, .x = x}, norm, size, theirs);
      ours.expect_near(theirs);
    }
  });
}

}  // namespace
}  // namespace nasnet::kernels
