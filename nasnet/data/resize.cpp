#include <algorithm>
#include <cmath>

#include "nasnet/data/image.h"

namespace nasnet::data {
namespace {

/// The source samples that one target sample is made of, along one axis.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

/// `count` targets over the source range [begin, begin + length).
std::vector<Taps> make_taps(double begin, double length, int source, int count) {
  std::vector<Taps> all(static_cast<size_t>(count));
  const double step = length / count;
  for (int i = 0; i < count; ++i) {
    Taps& taps = all[static_cast<size_t>(i)];
    const double from = begin + i * step, to = from + step;
    if (step >= 1) {  // area: every source sample by its overlap
      taps.first = std::clamp(static_cast<int>(std::floor(from + 1e-9)), 0, source - 1);
      const int last =
          std::clamp(static_cast<int>(std::ceil(to - 1e-9)) - 1, taps.first, source - 1);
      for (int s = taps.first; s <= last; ++s)
        taps.weights.push_back(static_cast<float>(std::min(to, s + 1.0) - std::max(from, s * 1.0)));
    } else {  // bilinear between the two nearest centres
      const double centre = std::clamp((from + to) / 2 - 0.5, 0.0, source - 1.0);
      taps.first = std::min(static_cast<int>(centre), source - 1);
      const auto part = static_cast<float>(centre - taps.first);
      taps.weights.push_back(1 - part);
      if (taps.first + 1 < source) taps.weights.push_back(part);
    }
    float sum = 0;
    for (const float weight : taps.weights) sum += weight;
    for (float& weight : taps.weights) weight /= sum;
  }
  return all;
}

}  // namespace

std::vector<uint8_t> resize_bytes(const uint8_t* pixels, ImageSize from, int channels, ImageSize to,
                                  double central) {
  const auto row = static_cast<size_t>(from.width) * channels;
  if (from == to && central >= 1) return {pixels, pixels + row * from.height};
  // The largest centred part of the target's shape.
  const double scale = central * std::min(static_cast<double>(from.height) / to.height,
                                          static_cast<double>(from.width) / to.width);
  const double height = scale * to.height, width = scale * to.width;
  const std::vector<Taps> down =
      make_taps((from.height - height) / 2, height, from.height, to.height);
  const std::vector<Taps> across = make_taps((from.width - width) / 2, width, from.width, to.width);

  std::vector<uint8_t> result(static_cast<size_t>(to.height) * to.width * channels);
  std::vector<float> line(row);
  uint8_t* out = result.data();
  for (const Taps& vertical : down) {
    std::fill(line.begin(), line.end(), 0.0f);
    for (size_t k = 0; k < vertical.weights.size(); ++k) {
      const uint8_t* source = pixels + (static_cast<size_t>(vertical.first) + k) * row;
      for (size_t i = 0; i < row; ++i) line[i] += vertical.weights[k] * source[i];
    }
    for (const Taps& horizontal : across) {
      for (int c = 0; c < channels; ++c) {
        float sum = 0;
        for (size_t k = 0; k < horizontal.weights.size(); ++k)
          sum += horizontal.weights[k] *
                 line[(static_cast<size_t>(horizontal.first) + k) * channels + c];
        *out++ = static_cast<uint8_t>(std::clamp(sum + 0.5f, 0.0f, 255.0f));
      }
    }
  }
  return result;
}

Image resize(const Image& image, int width, int height, double central) {
  return {
      height, width,
      resize_bytes(image.pixels.data(), {image.height, image.width}, 3, {height, width}, central)};
}

}  // namespace nasnet::data
