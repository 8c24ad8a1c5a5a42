// Codes of activations are compared pair by pair: the count of bits is the whole work, and a vector
// counts those of several words at a time.

#include "nasnet/kernels/differing_bits.h"

#include <bit>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/differing_bits.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

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

HWY_EXPORT(DifferingBits);

int64_t differing_bits(const uint64_t* x, const uint64_t* y, int64_t words) {
  return HWY_DYNAMIC_DISPATCH(DifferingBits)(x, y, words);
}

}  // namespace nasnet::kernels
#endif
