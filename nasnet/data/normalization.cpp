#include "nasnet/data/normalization.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <mutex>
#include <numeric>
#include <span>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/data/for_all.h"

// Mean and deviation are made of counts of bytes, which are whole numbers: they depend neither on
// the images' order nor on threads.

namespace nasnet::data {
namespace {

/// How often each byte occurs, by channel.
using Histograms = std::vector<std::array<int64_t, 256>>;

void count_bytes(std::span<const uint8_t> pixels, Histograms& counts) {
  for (size_t i = 0; i < pixels.size(); ++i) ++counts[i % counts.size()][pixels[i]];
}

/// Images from which colours are measured: so many at most, and of more a sample of them.
constexpr int64_t kMostMeasured = 100'000, kMeasuredOfMore = 10'000;

Normalization normalization_of(const Histograms& counts) {
  Normalization result;
  for (const auto& bins : counts) {
    double count = 0, sum = 0, squares = 0;
    for (int value = 0; value < 256; ++value) {
      const double n = static_cast<double>(bins[value]);
      count += n;
      sum += n * value / 255.0;
      squares += n * (value / 255.0) * (value / 255.0);
    }
    const double mean = count > 0 ? sum / count : 0.0;
    const double variance = count > 0 ? squares / count - mean * mean : 1.0;
    result.mean.push_back(mean);
    // A channel of one colour must not become infinite.
    result.deviation.push_back(variance > 1e-8 ? std::sqrt(variance) : 1.0);
  }
  return result;
}

}  // namespace

std::vector<std::array<float, 256>> normalization_tables(const Normalization& normalization,
                                                         int channels) {
  if (std::ssize(normalization.mean) != channels || std::ssize(normalization.deviation) != channels)
    throw InputError(fmt::format("the normalisation is for {} channels, the images have {}",
                                 normalization.mean.size(), channels));
  std::vector<std::array<float, 256>> tables(channels);
  for (size_t c = 0; c < tables.size(); ++c)
    for (int value = 0; value < 256; ++value)
      tables[c][value] =
          static_cast<float>((value / 255.0 - normalization.mean[c]) / normalization.deviation[c]);
  return tables;
}

Normalization measure_normalization(const ImageSet& images) {
  std::vector<int64_t> all(images.size());
  std::iota(all.begin(), all.end(), 0);
  return measure_normalization(images, all);
}

Normalization measure_normalization(const ImageSet& images, const std::vector<int64_t>& indices) {
  std::vector<int64_t> measured = indices;
  if (std::ssize(measured) > kMostMeasured) {
    shuffle(measured, Random(0, 0, "normalization"));
    measured.resize(kMeasuredOfMore);
  }
  // Counts are whole numbers: the result does not depend on the images' order.
  Histograms counts(images.channels, {{}});
  if (!images.stored) {
    for (const int64_t index : measured)
      count_bytes({images.image(index), images.image_bytes()}, counts);
    return normalization_of(counts);
  }
  std::mutex mutex;
  for_all("measuring colours", measured.size(), [&](size_t i) {
    std::vector<uint8_t> room(images.image_bytes());
    Histograms own(images.channels, {{}});
    if (!images.image(measured[i], room.data())) return;
    count_bytes(room, own);
    const std::lock_guard lock(mutex);
    for (size_t c = 0; c < own.size(); ++c)
      for (size_t value = 0; value < own[c].size(); ++value) counts[c][value] += own[c][value];
  });
  return normalization_of(counts);
}

Normalization measure_normalization(const std::vector<Image>& images) {
  Histograms counts(3, {{}});
  for (const Image& image : images) count_bytes(image.pixels, counts);
  return normalization_of(counts);
}

}  // namespace nasnet::data
