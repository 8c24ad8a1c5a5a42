// One row of a matrix times a vector: a linear layer reads each weight once, so that its time is
// that of the memory.

#include "nasnet/kernels/dot.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/dot.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Four sums, so that none waits for the one before: a multiply-add takes four cycles.
float Dot(const float* x, const float* y, int64_t count) {
  const Tag d;
  Vector sums[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  int64_t i = 0;
  for (; i + 4 * kWidth <= count; i += 4 * kWidth)
    for (int v = 0; v < 4; ++v)
      sums[v] =
          hn::MulAdd(hn::LoadU(d, x + i + v * kWidth), hn::LoadU(d, y + i + v * kWidth), sums[v]);
  for (; i + kWidth <= count; i += kWidth)
    sums[0] = hn::MulAdd(hn::LoadU(d, x + i), hn::LoadU(d, y + i), sums[0]);
  if (i < count) {
    const Floats lanes(count - i);
    sums[1] = hn::MulAdd(lanes.load_tail(x + i), lanes.load_tail(y + i), sums[1]);
  }
  return hn::GetLane(
      hn::SumOfLanes(d, hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]))));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(Dot);

float dot(const float* x, const float* y, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(Dot)(x, y, count);
}

}  // namespace nasnet::kernels
#endif
