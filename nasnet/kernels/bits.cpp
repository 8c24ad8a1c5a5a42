// Codes of activations are compared pair by pair: the count of bits is the whole work, and a vector
// counts those of several words at a time.

#include "nasnet/kernels/bits.h"

#include <algorithm>
#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/bits.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void PositiveBits(const float* x, int64_t count, uint64_t* bits) {
  const hn::CappedTag<float, 16> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t first = 0; first < count; first += 64) {
    uint64_t word = 0;
    const int64_t last = std::min<int64_t>(64, count - first);
    int64_t i = 0;
    for (; i + lanes <= last; i += lanes) {
      uint8_t mask[8] = {};
      hn::StoreMaskBits(d, hn::Gt(hn::LoadU(d, x + first + i), hn::Zero(d)), mask);
      uint64_t some = 0;
      std::memcpy(&some, mask, sizeof some);
      word |= some << i;
    }
    for (; i < last; ++i) word |= uint64_t{x[first + i] > 0} << i;
    bits[first / 64] = word;
  }
}

int64_t DifferingBits(const uint64_t* x, const uint64_t* y, int64_t words) {
  const hn::ScalableTag<uint64_t> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto sums = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes <= words; i += lanes)
    sums = hn::Add(sums, hn::PopulationCount(hn::Xor(hn::LoadU(d, x + i), hn::LoadU(d, y + i))));
  auto count = static_cast<int64_t>(hn::GetLane(hn::SumOfLanes(d, sums)));
  for (; i < words; ++i) count += std::popcount(x[i] ^ y[i]);
  return count;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(PositiveBits);
HWY_EXPORT(DifferingBits);

void positive_bits(const float* x, int64_t count, uint64_t* bits) {
  HWY_DYNAMIC_DISPATCH(PositiveBits)(x, count, bits);
}

int64_t differing_bits(const uint64_t* x, const uint64_t* y, int64_t words) {
  return HWY_DYNAMIC_DISPATCH(DifferingBits)(x, y, words);
}

}  // namespace nasnet::kernels
#endif
