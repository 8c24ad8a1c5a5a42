#include "nasnet/data/tap_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/data/tap_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace nasnet::data {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR

void ResampleAcross(const uint8_t* source, int64_t source_row, int rows,
                    const TapTable<FixedPair>& taps, uint8_t* out, int64_t out_row) {
  reference::resample_across(source, source_row, rows, taps, 3, out, out_row);
}
void ResampleDown(const uint8_t* source, int64_t source_row, const FixedPair* weights, int pairs,
                  bool absent, int64_t bytes, uint8_t* out) {
  reference::resample_down(source, source_row, weights, pairs, absent, bytes, out);
}
void AverageDown(const uint8_t* source, int64_t source_row, const float* weights, int taps,
                 int64_t bytes, float* out) {
  reference::average_down(source, source_row, weights, taps, bytes, out);
}
void AverageAcross(const float* source, const TapTable<float>& taps, uint8_t* out) {
  reference::average_across(source, taps, 3, out);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

// Pixels of a row of RGB are summed up in blocks of 16 bytes, one a row; bytes of several rows in
// whole vectors. Wider vectors than these gain nothing: loads bind.
using Bytes = hn::CappedTag<uint8_t, 32>;
using Shorts = hn::Repartition<int16_t, Bytes>;
using Words = hn::Repartition<int32_t, Bytes>;
using Floats = hn::CappedTag<float, 8>;
using WordVector = hn::Vec<Words>;

/// Of four pixels' reds, greens and blues, pixel by pixel.
alignas(16) constexpr uint8_t kByPixel[16] = {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11};

/// Adds the products of pairs of neighbours.
HWY_INLINE WordVector add_pairs(WordVector sum, hn::Vec<Shorts> a, hn::Vec<Shorts> b) {
  WordVector upper = hn::Zero(Words());
  sum = hn::ReorderWidenMulAccumulate(Words(), a, b, sum, upper);
  return hn::RearrangeToOddPlusEven(sum, upper);
}

/// One half of two weights in all pairs of lanes.
HWY_INLINE hn::Vec<Shorts> in_all(const int16_t (&halves)[2]) {
  int32_t both;
  std::memcpy(&both, halves, sizeof both);
  return hn::BitCast(Shorts(), hn::Set(Words(), both));
}

/// Sums of both halves of the weights; the high one begins with the half that rounds.
struct FixedSum {
  WordVector high, low;

  HWY_INLINE FixedSum()
      : high(hn::Set(Words(), 1 << (kFractionBits - 1 - kLowBits))), low(hn::Zero(Words())) {}
  HWY_INLINE void add(hn::Vec<Shorts> values, const FixedPair& weights) {
    high = add_pairs(high, values, in_all(weights.high));
    low = add_pairs(low, values, in_all(weights.low));
  }
  HWY_INLINE WordVector rounded() const {
    return hn::ShiftRight<kFractionBits>(hn::Add(hn::ShiftLeft<kLowBits>(high), low));
  }
};

/// Of each row 16 bytes, a row a block.
using Block = hn::CappedTag<uint8_t, 16>;
#if HWY_MAX_BYTES >= 32
constexpr int kRows = 2;
HWY_INLINE hn::Vec<Bytes> load_rows(const uint8_t* place, int64_t row) {
  return hn::Combine(Bytes(), hn::LoadU(Block(), place + row), hn::LoadU(Block(), place));
}
HWY_INLINE void store_rows(hn::Vec<Bytes> values, uint8_t* place, int64_t row) {
  hn::StoreU(hn::LowerHalf(values), Block(), place);
  hn::StoreU(hn::UpperHalf(Block(), values), Block(), place + row);
}
#else
constexpr int kRows = 1;
HWY_INLINE hn::Vec<Bytes> load_rows(const uint8_t* place, int64_t) {
  return hn::LoadU(Block(), place);
}
HWY_INLINE void store_rows(hn::Vec<Bytes> values, uint8_t* place, int64_t) {
  hn::StoreU(values, Block(), place);
}
#endif

/// The values of four pixels, each R G B and a fourth in 32 bits, as bytes: twelve a block, then
/// four of no meaning.
HWY_INLINE hn::Vec<Bytes> pack_pixels(const WordVector (&pixels)[4]) {
  const auto byte = [&](int i) HWY_ATTR {
    return hn::Min(hn::Max(pixels[i], hn::Zero(Words())), hn::Set(Words(), 255));
  };
  const WordVector all = hn::Or(hn::Or(byte(0), hn::ShiftLeft<8>(byte(1))),
                                hn::Or(hn::ShiftLeft<16>(byte(2)), hn::ShiftLeft<24>(byte(3))));
  return hn::TableLookupBytes(hn::BitCast(Bytes(), all), hn::LoadDup128(Bytes(), kByPixel));
}

/// kRows rows at once; with one row left the others are computed for nothing.
HWY_INLINE void along_rows(const uint8_t* source, int64_t source_row,
                           const TapTable<FixedPair>& taps, uint8_t* out, int64_t out_row) {
  // The channels' bytes of two neighbouring pixels, as pairs of 16 bits; of the next two.
  constexpr uint8_t kNo = 0x80;
  alignas(16) static constexpr uint8_t kFirst[16] = {0, kNo, 3, kNo, 1,   kNo, 4,   kNo,
                                                     2, kNo, 5, kNo, kNo, kNo, kNo, kNo};
  alignas(16) static constexpr uint8_t kSecond[16] = {6, kNo, 9,  kNo, 7,   kNo, 10,  kNo,
                                                      8, kNo, 11, kNo, kNo, kNo, kNo, kNo};
  const auto first = hn::LoadDup128(Bytes(), kFirst), second = hn::LoadDup128(Bytes(), kSecond);
  const auto pairs = [](hn::Vec<Bytes> pixels, hn::Vec<Bytes> order) HWY_ATTR {
    return hn::BitCast(Shorts(), hn::TableLookupBytesOr0(pixels, order));
  };
  const int count = taps.size();
  for (int x = 0; x < count; x += 4, out += 12) {
    WordVector pixels[4];
    for (int i = 0; i < 4; ++i) {
      const int sample = std::min(x + i, count - 1);
      const uint8_t* place = source + int64_t{3} * taps.first[sample];
      const FixedPair* weights = taps.of(sample);
      FixedSum sum;
      int k = 0;
      for (; k + 2 <= taps.taps; k += 2, place += 12) {
        const auto four = load_rows(place, source_row);
        sum.add(pairs(four, first), weights[k]);
        sum.add(pairs(four, second), weights[k + 1]);
      }
      if (k < taps.taps) sum.add(pairs(load_rows(place, source_row), first), weights[k]);
      pixels[i] = sum.rounded();
    }
    store_rows(pack_pixels(pixels), out, out_row);
  }
}

void ResampleAcross(const uint8_t* source, int64_t source_row, int rows,
                    const TapTable<FixedPair>& taps, uint8_t* out, int64_t out_row) {
  int y = 0;
  for (; y + kRows <= rows; y += kRows)
    along_rows(source + y * source_row, source_row, taps, out + y * out_row, out_row);
  if (y < rows) along_rows(source + y * source_row, 0, taps, out + y * out_row, 0);
}

/// Calls run(i) for each vector of `lanes` values out of at least as many; the last one may overlap
/// the one before.
template <class Run>
HWY_INLINE void for_vectors(int64_t count, int64_t lanes, const Run& run) {
  for (int64_t i = 0; i + lanes <= count; i += lanes) run(i);
  if (count % lanes != 0) run(count - lanes);
}

void ResampleDown(const uint8_t* source, int64_t source_row, const FixedPair* weights, int pairs,
                  bool absent, int64_t bytes, uint8_t* out) {
  const hn::Rebind<uint8_t, Shorts> narrow;
  const auto lanes = static_cast<int64_t>(hn::Lanes(narrow));
  if (bytes < lanes)
    return reference::resample_down(source, source_row, weights, pairs, absent, bytes, out);
  const auto row = [&](int k) { return source + std::min(k, 2 * pairs - absent - 1) * source_row; };
  for_vectors(bytes, lanes, [&](int64_t i) HWY_ATTR {
    FixedSum lower, upper;
    for (int k = 0; k < pairs; ++k) {
      const auto a = hn::PromoteTo(Shorts(), hn::LoadU(narrow, row(2 * k) + i));
      const auto b = hn::PromoteTo(Shorts(), hn::LoadU(narrow, row(2 * k + 1) + i));
      lower.add(hn::InterleaveLower(a, b), weights[k]);
      upper.add(hn::InterleaveUpper(Shorts(), a, b), weights[k]);
    }
    // Both interleave by blocks, and so does this: the values are in order again.
    const auto both = hn::ReorderDemote2To(Shorts(), lower.rounded(), upper.rounded());
    hn::StoreU(hn::DemoteTo(narrow, both), narrow, out + i);
  });
}

void AverageDown(const uint8_t* source, int64_t source_row, const float* weights, int taps,
                 int64_t bytes, float* out) {
  const Floats floats;
  const hn::Rebind<uint8_t, Floats> narrow;
  const hn::Rebind<int32_t, Floats> words;
  const auto lanes = static_cast<int64_t>(hn::Lanes(floats));
  if (bytes < lanes) return reference::average_down(source, source_row, weights, taps, bytes, out);
  for_vectors(bytes, lanes, [&](int64_t i) HWY_ATTR {
    auto sum = hn::Zero(floats);
    for (int k = 0; k < taps; ++k) {
      const auto value = hn::LoadU(narrow, source + k * source_row + i);
      sum = hn::Add(sum, hn::Mul(hn::Set(floats, weights[k]),
                                 hn::ConvertTo(floats, hn::PromoteTo(words, value))));
    }
    hn::StoreU(sum, floats, out + i);
  });
}

void AverageAcross(const float* source, const TapTable<float>& taps, uint8_t* out) {
  const hn::FixedTag<float, 4> floats;
  const hn::RebindToSigned<decltype(floats)> words;
  const hn::Repartition<uint8_t, decltype(words)> bytes;
  const int count = taps.size();
  for (int x = 0; x < count; x += 4, out += 12) {
    auto all = hn::Zero(words);
    for (int i = 0; i < 4; ++i) {
      const int sample = std::min(x + i, count - 1);
      const float* place = source + int64_t{3} * taps.first[sample];
      const float* weights = taps.of(sample);
      auto sum = hn::Zero(floats);
      for (int k = 0; k < taps.taps; ++k)
        sum = hn::Add(sum, hn::Mul(hn::Set(floats, weights[k]), hn::LoadU(floats, place + 3 * k)));
      const auto rounded = hn::Min(hn::Max(hn::Add(sum, hn::Set(floats, 0.5f)), hn::Zero(floats)),
                                   hn::Set(floats, 255.0f));
      all = hn::Or(all, hn::ShiftLeftSame(hn::ConvertTo(words, rounded), 8 * i));
    }
    const auto ordered = hn::TableLookupBytes(hn::BitCast(bytes, all), hn::Load(bytes, kByPixel));
    hn::StoreU(ordered, bytes, out);
  }
}

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::data
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::data {

HWY_EXPORT(ResampleAcross);
HWY_EXPORT(ResampleDown);
HWY_EXPORT(AverageDown);
HWY_EXPORT(AverageAcross);

void resample_across(const uint8_t* source, int64_t source_row, int rows,
                     const TapTable<FixedPair>& taps, uint8_t* out, int64_t out_row) {
  HWY_DYNAMIC_DISPATCH(ResampleAcross)(source, source_row, rows, taps, out, out_row);
}
void resample_down(const uint8_t* source, int64_t source_row, const FixedPair* weights, int pairs,
                   bool absent, int64_t bytes, uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(ResampleDown)(source, source_row, weights, pairs, absent, bytes, out);
}
void average_down(const uint8_t* source, int64_t source_row, const float* weights, int taps,
                  int64_t bytes, float* out) {
  HWY_DYNAMIC_DISPATCH(AverageDown)(source, source_row, weights, taps, bytes, out);
}
void average_across(const float* source, const TapTable<float>& taps, uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(AverageAcross)(source, taps, out);
}

}  // namespace nasnet::data
#endif
