// Blocks of channels for kernels that go over all pixels of a map with constants by channel: a
// block is so narrow that its constants stay in registers meanwhile. Included once for each target,
// as vectors-inl.h is.

#if defined(NASNET_KERNELS_BLOCKS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NASNET_KERNELS_BLOCKS_INL
#undef NASNET_KERNELS_BLOCKS_INL
#else
#define NASNET_KERNELS_BLOCKS_INL
#endif

#include "nasnet/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Loads and stores of a block of kVectors vectors of channels, the last of which may be a tail.
template <int kVectors, bool kTail>
struct Block {
  static constexpr int kCount = kVectors;
  const Floats& lanes;

  template <class T>
  HWY_INLINE Vector load(const T* place, int v) const {
    return kTail && v == kVectors - 1 ? lanes.load_tail(place + v * kWidth)
                                      : load_whole(place + v * kWidth);
  }
  template <class T>
  HWY_INLINE void store(Vector value, T* place, int v) const {
    if (kTail && v == kVectors - 1) {
      lanes.store_tail(value, place + v * kWidth);
    } else {
      store_whole(value, place + v * kWidth);
    }
  }
};

/// Calls run(block, first channel) for each block of a row of channels.
template <class Run>
HWY_INLINE void for_blocks(int64_t channels, Run run) {
  const Floats lanes(channels);
  for (const ColumnBlock block : column_blocks(channels)) {
    const int64_t first = block.first;
    if (block.vectors == 3) {
      block.tail ? run(Block<3, true>{lanes}, first) : run(Block<3, false>{lanes}, first);
    } else if (block.vectors == 2) {
      block.tail ? run(Block<2, true>{lanes}, first) : run(Block<2, false>{lanes}, first);
    } else {
      block.tail ? run(Block<1, true>{lanes}, first) : run(Block<1, false>{lanes}, first);
    }
  }
}

/// Constants of a block's channels. Padded, as all constants are, they need no tail.
template <int kVectors>
struct BlockConstants {
  Vector values[kVectors];

  BlockConstants(const float* constants, int64_t first) {
    for (int v = 0; v < kVectors; ++v) values[v] = hn::LoadU(Tag(), constants + first + v * kWidth);
  }
  HWY_INLINE Vector operator[](int v) const { return values[v]; }
};

/// Scale and shift of a block's channels.
template <int kVectors>
struct BlockAffine {
  Vector scale[kVectors], shift[kVectors];
  bool none;

  BlockAffine(const Affine& affine, int64_t first) : none(!affine) {
    for (int v = 0; v < kVectors; ++v) {
      scale[v] = none ? hn::Set(Tag(), 1.0f) : hn::LoadU(Tag(), affine.scale + first + v * kWidth);
      shift[v] = none ? hn::Zero(Tag()) : hn::LoadU(Tag(), affine.shift + first + v * kWidth);
    }
  }
  HWY_INLINE Vector operator()(Vector x, int v) const {
    return none ? x : hn::MulAdd(x, scale[v], shift[v]);
  }
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#endif  // NASNET_KERNELS_BLOCKS_INL
