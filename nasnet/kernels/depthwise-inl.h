// A row of a depthwise convolution, for its results and for their gradient. Included once for each
// target, as vectors-inl.h is.

#if defined(NASNET_KERNELS_DEPTHWISE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NASNET_KERNELS_DEPTHWISE_INL
#undef NASNET_KERNELS_DEPTHWISE_INL
#else
#define NASNET_KERNELS_DEPTHWISE_INL
#endif

#include <algorithm>
#include <type_traits>

#include "nasnet/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Pixels of a row that are worked on side by side: eight hide the four cycles of two
/// multiply-adds, and rows are often powers of two.
inline constexpr int kTile = kSums >= 24 ? 16 : 8;

/// By how many pixels each tap follows the one before it, as far as registers go: the sum that both
/// add to would be waited for, two multiply-adds a cycle for four cycles, if they came right after
/// each other.
constexpr int lag(int taps, int stride) {
  constexpr int kBetween = 8, kRegisters = 30;
  if (kSums < 24 || taps == 1) return 0;
  const int left = kRegisters - kTile - taps - 1;
  return std::min((kBetween * stride + taps - 1) / taps - 1, left / (taps - 1));
}

/// sums[p] += in[p stride + j] w[j] for the kTaps taps j of one row: a pixel is loaded once and
/// serves all the results that it reaches. `tap`: floats from one weight to the next.
template <int kTaps, int kStride, int kPixels, bool kTail>
HWY_INLINE void slide(const float* HWY_RESTRICT in, int64_t in_stride,
                      const float* HWY_RESTRICT weights, int64_t tap, const Floats& lanes,
                      Vector (&sums)[kPixels]) {
  Vector weight[kTaps];
  NASNET_UNROLL
  for (int j = 0; j < kTaps; ++j) weight[j] = hn::LoadU(Tag(), weights + j * tap);
  constexpr int kIn = (kPixels - 1) * kStride + kTaps, kLag = lag(kTaps, kStride);
  Vector pixel[kIn];
  NASNET_UNROLL
  for (int step = 0; step < kIn + kLag * (kTaps - 1); ++step) {
    if (step < kIn) {
      pixel[step] = load<kTail>(lanes, in);
      in = opaque(in + in_stride);
    }
    NASNET_UNROLL
    for (int j = 0; j < kTaps; ++j) {
      const int x = step - kLag * j, away = x - j;
      if (away >= 0 && away % kStride == 0 && away / kStride < kPixels)
        sums[away / kStride] = hn::MulAdd(pixel[x], weight[j], sums[away / kStride]);
    }
  }
}

/// Calls tile(a constant: how many pixels, the first) until all are done.
template <class Tile>
HWY_INLINE void for_tiles(int pixels, Tile tile) {
  int done = 0;
  for (; done + kTile <= pixels; done += kTile) tile(std::integral_constant<int, kTile>(), done);
  for (; done + 8 <= pixels; done += 8) tile(std::integral_constant<int, 8>(), done);
  for (; done + 4 <= pixels; done += 4) tile(std::integral_constant<int, 4>(), done);
  for (; done < pixels; ++done) tile(std::integral_constant<int, 1>(), done);
}

template <int kPixels>
HWY_INLINE void clear(Vector (&sums)[kPixels]) {
  NASNET_UNROLL
  for (int p = 0; p < kPixels; ++p) sums[p] = hn::Zero(Tag());
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#endif  // NASNET_KERNELS_DEPTHWISE_INL
