#include "nasnet/data/augment/operations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "nasnet/base/check.h"

// Pillow's arithmetic: fixed point of 16 bits for places, float32 that is cut off for mixtures.

namespace nasnet::data {
namespace {

using Table = std::array<uint8_t, 256>;

template <class Value>
Table table_of(const Value& value) {
  Table table;
  for (int i = 0; i < 256; ++i) table[i] = static_cast<uint8_t>(value(i));
  return table;
}

void look_up(const std::array<Table, 3>& tables, Image& image) {
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = tables[i % 3][image.pixels[i]];
}
void look_up(const Table& table, Image& image) {
  look_up({table, table, table}, image);
}

std::array<std::array<int64_t, 256>, 3> histogram(const Image& image) {
  std::array<std::array<int64_t, 256>, 3> bins = {};
  for (size_t i = 0; i < image.pixels.size(); ++i) ++bins[i % 3][image.pixels[i]];
  return bins;
}

/// Of each new pixel x, y the old one at a x + b y + c, d x + e y + f; all by pixels' centres.
struct Affine {
  double a = 1, b = 0, c = 0, d = 0, e = 1, f = 0;
};

void move(const Affine& from, Image& image) {
  constexpr double kOne = 65536;
  const auto fixed = [](double value) {
    return static_cast<int64_t>(std::floor(value * kOne + 0.5));
  };
  const int64_t a = fixed(from.a), b = fixed(from.b), d = fixed(from.d), e = fixed(from.e);
  int64_t row_x = fixed(from.c + from.a * 0.5 + from.b * 0.5);
  int64_t row_y = fixed(from.f + from.d * 0.5 + from.e * 0.5);
  std::vector<uint8_t> moved(image.pixels.size());
  uint8_t* out = moved.data();
  for (int y = 0; y < image.height; ++y, row_x += b, row_y += e)
    for (int64_t x = 0, place_x = row_x, place_y = row_y; x < image.width;
         ++x, place_x += a, place_y += d, out += 3) {
      const int64_t column = place_x >> 16, row = place_y >> 16;
      if (column < 0 || column >= image.width || row < 0 || row >= image.height) continue;
      std::copy_n(image.pixels.data() + 3 * (row * image.width + column), 3, out);
    }
  image.pixels = std::move(moved);
}

/// Around the middle.
Affine rotation(double degrees, const Image& image) {
  // Pillow turns by 0 to 360 degrees, and rounds sines to 15 digits.
  const double turn = degrees - 360 * std::floor(degrees / 360);
  const double angle = -turn * std::numbers::pi / 180;
  const auto rounded = [](double value) { return std::nearbyint(value * 1e15) / 1e15; };
  const double cosine = rounded(std::cos(angle)), sine = rounded(std::sin(angle));
  const double x = image.width / 2.0, y = image.height / 2.0;
  return {cosine, sine, cosine * -x + sine * -y + x, -sine, cosine, -sine * -x + cosine * -y + y};
}

/// From `other` (factor 0) to the picture (1), and beyond.
template <class Other>
void mix(float factor, Image& image, const Other& other) {
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    const auto from = static_cast<float>(other(i));
    const float value = from + factor * (static_cast<float>(image.pixels[i]) - from);
    image.pixels[i] = static_cast<uint8_t>(std::clamp(value, 0.0f, 255.0f));
  }
}

/// Rec. 601's luma in fixed point.
std::vector<uint8_t> grey_of(const Image& image) {
  std::vector<uint8_t> grey(image.pixels.size() / 3);
  const uint8_t* p = image.pixels.data();
  for (uint8_t& value : grey) {
    value = static_cast<uint8_t>((p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 0x8000) >> 16);
    p += 3;
  }
  return grey;
}

int mean_of(const std::vector<uint8_t>& grey) {
  int64_t sum = 0;
  for (const uint8_t value : grey) sum += value;
  return static_cast<int>(static_cast<double>(sum) / static_cast<double>(grey.size()) + 0.5);
}

/// Means of 3 x 3 pixels, the middle one five times; the border stays.
std::vector<uint8_t> smoothed(const Image& image) {
  std::vector<uint8_t> result = image.pixels;
  const int64_t row = int64_t{image.width} * 3;
  for (int y = 1; y + 1 < image.height; ++y)
    for (int64_t i = y * row + 3; i < (y + 1) * row - 3; ++i) {
      int sum = 4 * image.pixels[i];
      for (int64_t line = i - row; line <= i + row; line += row)
        sum += image.pixels[line - 3] + image.pixels[line] + image.pixels[line + 3];
      result[i] = static_cast<uint8_t>((2 * sum + 13) / 26);
    }
  return result;
}

/// From the darkest to the brightest of each channel over all bytes.
void auto_contrast(Image& image) {
  std::array<Table, 3> tables;
  const auto bins = histogram(image);
  for (int c = 0; c < 3; ++c) {
    const auto is_there = [](int64_t count) { return count > 0; };
    const auto low = std::find_if(bins[c].begin(), bins[c].end(), is_there) - bins[c].begin();
    const auto high =
        255 - (std::find_if(bins[c].rbegin(), bins[c].rend(), is_there) - bins[c].rbegin());
    const double scale = 255.0 / static_cast<double>(std::max<int64_t>(high - low, 1));
    const double offset = -static_cast<double>(low) * scale;
    tables[c] = table_of([&](int i) {
      return high <= low ? i : std::clamp(static_cast<int>(i * scale + offset), 0, 255);
    });
  }
  look_up(tables, image);
}

/// Each channel's bytes as even as their counts allow.
void equalize(Image& image) {
  std::array<Table, 3> tables;
  const auto bins = histogram(image);
  const auto pixels = static_cast<int64_t>(image.pixels.size() / 3);
  for (int c = 0; c < 3; ++c) {
    const auto brightest =
        *std::find_if(bins[c].rbegin(), bins[c].rend(), [](int64_t count) { return count > 0; });
    const int64_t step = (pixels - brightest) / 255;
    int64_t sum = step / 2;
    tables[c] = table_of([&](int i) -> int64_t {
      if (step == 0) return i;
      const int64_t value = sum / step;
      sum += bins[c][i];
      return std::min<int64_t>(value, 255);
    });
  }
  look_up(tables, image);
}

}  // namespace

void apply(ImageOperation operation, double magnitude, Image& image) {
  NASNET_CHECK(image.height > 0 && image.width > 0);
  const auto factor = static_cast<float>(1 + magnitude);
  switch (operation) {
    case ImageOperation::kIdentity:
      return;
    case ImageOperation::kShearX:
      return move({.b = magnitude}, image);
    case ImageOperation::kShearY:
      return move({.d = magnitude}, image);
    case ImageOperation::kTranslateX:
      return move({.c = -std::trunc(magnitude)}, image);
    case ImageOperation::kTranslateY:
      return move({.f = -std::trunc(magnitude)}, image);
    case ImageOperation::kRotate:
      return move(rotation(magnitude, image), image);
    case ImageOperation::kBrightness:
      return mix(factor, image, [](size_t) { return 0; });
    case ImageOperation::kColor:
      return mix(factor, image, [grey = grey_of(image)](size_t i) { return grey[i / 3]; });
    case ImageOperation::kContrast:
      return mix(factor, image, [mean = mean_of(grey_of(image))](size_t) { return mean; });
    case ImageOperation::kSharpness:
      return mix(factor, image, [smooth = smoothed(image)](size_t i) { return smooth[i]; });
    case ImageOperation::kPosterize: {
      const int dropped = 8 - static_cast<int>(magnitude);
      return look_up(table_of([&](int i) { return i >> dropped << dropped; }), image);
    }
    case ImageOperation::kSolarize:
      return look_up(table_of([&](int i) { return i < magnitude ? i : 255 - i; }), image);
    case ImageOperation::kAutoContrast:
      return auto_contrast(image);
    case ImageOperation::kEqualize:
      return equalize(image);
  }
}

}  // namespace nasnet::data
