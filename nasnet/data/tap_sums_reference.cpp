#include <algorithm>

#include "nasnet/data/tap_sums.h"

namespace nasnet::data::reference {
namespace {

constexpr int32_t kHalf = 1 << (kFractionBits - 1);

int32_t product(const FixedPair* weights, int tap, uint8_t value) {
  const FixedPair& pair = weights[tap / 2];
  return (pair.high[tap % 2] * (1 << kLowBits) + pair.low[tap % 2]) * value;
}

uint8_t rounded(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

}  // namespace

void resample_across(const uint8_t* source, int64_t source_row, int rows,
                     const TapTable<FixedPair>& taps, int channels, uint8_t* out, int64_t out_row) {
  for (int y = 0; y < rows; ++y, source += source_row, out += out_row)
    for (int x = 0; x < taps.size(); ++x)
      for (int c = 0; c < channels; ++c) {
        const uint8_t* place = source + taps.first[x] * channels + c;
        int32_t sum = kHalf;
        for (int k = 0; k < 2 * taps.taps; ++k) sum += product(taps.of(x), k, place[k * channels]);
        out[x * channels + c] = rounded(sum);
      }
}

void resample_down(const uint8_t* source, int64_t source_row, const FixedPair* weights, int pairs,
                   bool absent, int64_t bytes, uint8_t* out) {
  for (int64_t i = 0; i < bytes; ++i) {
    int32_t sum = kHalf;
    for (int k = 0; k < 2 * pairs - absent; ++k)
      sum += product(weights, k, source[k * source_row + i]);
    out[i] = rounded(sum);
  }
}

void average_down(const uint8_t* source, int64_t source_row, const float* weights, int taps,
                  int64_t bytes, float* out) {
  for (int64_t i = 0; i < bytes; ++i) {
    out[i] = 0;
    for (int k = 0; k < taps; ++k) out[i] += weights[k] * source[k * source_row + i];
  }
}

void average_across(const float* source, const TapTable<float>& taps, int channels, uint8_t* out) {
  for (int x = 0; x < taps.size(); ++x)
    for (int c = 0; c < channels; ++c) {
      const float* place = source + taps.first[x] * channels + c;
      float sum = 0;
      for (int k = 0; k < taps.taps; ++k) sum += taps.of(x)[k] * place[k * channels];
      *out++ = static_cast<uint8_t>(std::clamp(sum + 0.5f, 0.0f, 255.0f));
    }
}

}  // namespace nasnet::data::reference
