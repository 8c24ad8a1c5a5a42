#include "nasnet/kernels/matmul.h"

#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

int some(Random& random, int least, int most) {
  return least + static_cast<int>(random.below(static_cast<uint32_t>(most - least + 1)));
}

TEST(Matmul, EqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 120; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "matmul");
      const int rows = some(random, 1, 70), inner = some(random, 1, 70);
      const int columns = seed % 3 == 0 ? 16 * some(random, 1, 6) : some(random, 1, 90);
      const TestMap a(rows, inner, some(random, 0, 3), random);
      const std::vector<float> b = constants(inner, columns, random);
      const std::vector<float> bias = constants(1, columns, random);
      const TestMap mask(rows, columns, some(random, 0, 5), random);
      for (int kind = 0; kind < 8; ++kind) {
        Finish<float> finish;
        finish.accumulate = kind % 2 == 1;
        if (kind & 2) finish.bias = bias.data();
        finish.relu = kind >= 6;
        if (kind & 4) {
          finish.mask = mask.data();
          finish.mask_stride = mask.stride();
        }
        TestMap ours(rows, columns, some(random, 0, 20), random), theirs = ours;
        matmul(a.data(), a.stride(), rows, inner, b.data(), columns, ours.data(), ours.stride(),
               finish);
        reference::matmul(a.data(), a.stride(), rows, inner, b.data(), columns, theirs.data(),
                          theirs.stride(), finish);
        ours.expect_near(theirs, std::sqrt(inner));
      }
    }
  });
}

TEST(Matmul, TransposedEqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 120; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "transposed");
      const int rows = some(random, 1, 200), inner = some(random, 1, 60);
      const int columns = seed % 3 == 0 ? 16 * some(random, 1, 6) : some(random, 1, 90);
      const TestMap a(rows, inner, some(random, 0, 3), random);
      const TestMap d(rows, columns, some(random, 0, 20), random);
      std::vector<float> ours = constants(inner, columns, random), theirs = ours;
      matmul_transposed(a.data(), a.stride(), d.data(), d.stride(), rows, inner, columns,
                        ours.data());
      reference::matmul_transposed(a.data(), a.stride(), d.data(), d.stride(), rows, {}, inner,
                                   columns, theirs.data());
      expect_near_constants(ours, theirs, columns, std::sqrt(rows));
      d.expect_untouched();
    }
  });
}

/// A dense convolution over an image that has its border, and its taps.
struct Windows {
  int channels, kernel_height, kernel_width, stride, dilation, height, width;

  explicit Windows(Random& random)
      : channels(some(random, 1, 20)),
        kernel_height(some(random, 1, 3)),
        kernel_width(some(random, 1, 7)),
        stride(some(random, 1, 2)),
        dilation(some(random, 1, 2)),
        height(some(random, 1, 5)),
        width(some(random, 1, 33)) {}

  int image_height() const { return (height - 1) * stride + (kernel_height - 1) * dilation + 1; }
  int image_width() const { return (width - 1) * stride + (kernel_width - 1) * dilation + 1; }
  int64_t inner() const { return int64_t{kernel_height} * kernel_width * channels; }
  std::vector<Tap> taps(int64_t pixel) const {
    std::vector<Tap> all;
    for (int64_t i = 0; i < kernel_height; ++i)
      for (int64_t j = 0; j < kernel_width; ++j)
        all.push_back({(i * image_width() + j) * dilation * pixel,
                       static_cast<int64_t>(all.size()) * channels});
    return all;
  }
};

TEST(Matmul, OfWindowsEqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 120; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "windows");
      const Windows windows(random);
      const int columns = seed % 3 == 0 ? 16 * some(random, 1, 6) : some(random, 1, 90);
      const TestMap image(int64_t{windows.image_height()} * windows.image_width(), windows.channels,
                          some(random, 0, 3), random);
      const std::vector<float> b = constants(windows.inner(), columns, random);
      std::vector<Tap> taps = windows.taps(image.stride());
      if (seed % 10 == 0) taps.clear();
      const Taps all{taps.data(), static_cast<int64_t>(taps.size()), windows.channels};
      Finish<float> finish;
      finish.accumulate = seed % 2 == 1;
      TestMap ours(windows.width, columns, some(random, 0, 20), random), theirs = ours;
      for (int y = 0; y < windows.height; ++y) {
        const float* line =
            image.data() + int64_t{y} * windows.stride * windows.image_width() * image.stride();
        matmul(line, windows.stride * image.stride(), windows.width, all, b.data(), columns,
               ours.data(), ours.stride(), finish);
        reference::matmul(line, windows.stride * image.stride(), windows.width, all, b.data(),
                          columns, theirs.data(), theirs.stride(), finish);
        ours.expect_near(theirs, std::sqrt(windows.inner()) * (y + 1));
      }
    }
  });
}

TEST(Matmul, TransposedOfWindowsEqualsTheReference) {
  for_every_target([] {
    for (uint64_t seed = 0; seed < 120; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed, 0, "transposed windows");
      const Windows windows(random);
      const int columns = seed % 3 == 0 ? 16 * some(random, 1, 6) : some(random, 1, 90);
      const int gap = some(random, 0, 2);
      const TestMap image(int64_t{windows.image_height()} * windows.image_width(), windows.channels,
                          some(random, 0, 3), random);
      const TestMap d(int64_t{windows.height} * (windows.width + gap), columns, some(random, 0, 20),
                      random);
      const Lines lines{windows.height, windows.stride * windows.image_width() * image.stride(),
                        (windows.width + gap) * d.stride()};
      std::vector<float> ours = constants(windows.inner(), columns, random), theirs = ours;
      for (const Tap& tap : windows.taps(image.stride())) {
        const int64_t place = tap.row * padded(columns);
        matmul_transposed(image.data() + tap.offset, windows.stride * image.stride(), d.data(),
                          d.stride(), windows.width, lines, windows.channels, columns,
                          &ours[place]);
        reference::matmul_transposed(image.data() + tap.offset, windows.stride * image.stride(),
                                     d.data(), d.stride(), windows.width, lines, windows.channels,
                                     columns, &theirs[place]);
      }
      expect_near_constants(ours, theirs, columns, std::sqrt(windows.height * windows.width));
    }
  });
}

TEST(Matmul, AlignmentChangesNoBit) {
  Random random(1, 0, "alignment");
  const int rows = 37, inner = 19, columns = 45;
  const std::vector<float> b = constants(inner, columns, random);
  std::vector<float> plain(static_cast<size_t>(rows * inner));
  for (float& value : plain) value = static_cast<float>(random.normal());
  std::vector<std::vector<float>> results;
  for (int offset = 0; offset < 17; ++offset) {
    std::vector<float> moved(plain.size() + 32), result(static_cast<size_t>(rows * columns) + 32);
    std::copy(plain.begin(), plain.end(), moved.begin() + offset);
    matmul(moved.data() + offset, inner, rows, inner, b.data(), columns,
           result.data() + (offset * 5) % 16, columns, false);
    results.emplace_back(result.begin() + (offset * 5) % 16,
                         result.begin() + (offset * 5) % 16 + rows * columns);
    EXPECT_EQ(results.back(), results.front());
  }
}

}  // namespace
}  // namespace nasnet::kernels
