#include "nasnet/kernels/matmul.h"

#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

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
        finish.write = kind % 2 == 1 ? Write::kAdd : Write::kReplace;
        if (kind & 2) finish.bias = bias.data();
        finish.relu = kind >= 6;
        if (kind & 4) finish.mask = mask;
        TestMap ours(rows, columns, some(random, 0, 20), random), theirs = ours;
        const Product size = {.rows = rows, .inner = inner, .columns = columns};
        matmul(a, b.data(), size, ours, finish);
        reference::matmul(a, b.data(), size, theirs, finish);
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
      const TransposedProduct size = {.rows = rows, .inner = inner, .columns = columns};
      matmul_transposed({.d = d, .x = a}, size, ours.data());
      reference::matmul_transposed({.d = d, .x = a}, size, theirs.data());
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
  /// The pixels where windows begin, in rows.
  Pixels<const float> lines(const TestMap& image) const {
    return {image.data(), stride * image.stride(), stride * image_width() * image.stride()};
  }
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
      const Taps all = {taps.data(), std::ssize(taps), windows.channels};
      const Product size = {.rows = windows.width, .columns = columns};
      const Finish<float> finish = {.write = seed % 2 == 1 ? Write::kAdd : Write::kReplace};
      TestMap ours(windows.width, columns, some(random, 0, 20), random), theirs = ours;
      for (int y = 0; y < windows.height; ++y) {
        const Pixels<const float> line = windows.lines(image).from_row(y);
        matmul(line, all, b.data(), size, ours, finish);
        reference::matmul(line, all, b.data(), size, theirs, finish);
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
      const Pixels above = {d.data(), d.stride(), (windows.width + gap) * d.stride()};
      const TransposedProduct size = {.lines = windows.height,
                                      .rows = windows.width,
                                      .inner = windows.channels,
                                      .columns = columns};
      std::vector<float> ours = constants(windows.inner(), columns, random), theirs = ours;
      for (const Tap& tap : windows.taps(image.stride())) {
        const int64_t place = tap.row * padded(columns);
        const Backward<float> from = {.d = above,
                                      .x = windows.lines(image).from_channel(tap.offset)};
        matmul_transposed(from, size, &ours[place]);
        reference::matmul_transposed(from, size, &theirs[place]);
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
    matmul({moved.data() + offset, inner}, b.data(),
           {.rows = rows, .inner = inner, .columns = columns},
           {result.data() + (offset * 5) % 16, columns});
    results.emplace_back(result.begin() + (offset * 5) % 16,
                         result.begin() + (offset * 5) % 16 + rows * columns);
    EXPECT_EQ(results.back(), results.front());
  }
}

}  // namespace
}  // namespace nasnet::kernels
