// Shared by the kernels of every vector width. Included once for each target, by files that use
// Highway's foreach_target: no include guard of the usual kind.

#if defined(NASNET_KERNELS_VECTORS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NASNET_KERNELS_VECTORS_INL
#undef NASNET_KERNELS_VECTORS_INL
#else
#define NASNET_KERNELS_VECTORS_INL
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "nasnet/kernels/ahead.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/images.h"

/// Before a loop over registers: compilers leave loops of more than 16 turns alone, and then the
/// sums lie in memory.
#define NASNET_UNROLL _Pragma("GCC unroll 64")

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// The address, which the compiler then knows nothing about. Left alone it makes a register of each
/// row's address in a tile; there are not enough, and the addresses are then loaded before each
/// use.
template <class T>
HWY_INLINE T* opaque(T* address) {
#if defined(__GNUC__)
  asm("" : "+r"(address));
#endif
  return address;
}

/// At most 16 floats: what constants by channel are padded to.
using Tag = hn::CappedTag<float, kLanes>;
using Vector = hn::Vec<Tag>;
inline constexpr int kWidth = static_cast<int>(hn::MaxLanes(Tag()));

/// Sums that a tile may keep in registers beside its operands: 32 registers or 16.
inline constexpr int kSums = HWY_TARGET <= HWY_AVX3 ? 24 : 12;

// NaN comes out of everything that it goes into, as in libtorch: a kernel that lost it would make a
// guess of a broken network. Comparisons with NaN are false, hn::Ne() among them; and which operand
// hn::Max() gives where one is NaN depends on the target. On x86 it is the second, for nothing.
inline constexpr bool kMaxIsSecondOfNan =
    HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR;

/// The larger one; NaN where either is.
HWY_INLINE Vector larger(Vector a, Vector b) {
  if constexpr (kMaxIsSecondOfNan) return hn::IfThenElse(hn::IsNaN(a), a, hn::Max(a, b));
  return hn::IfThenElse(hn::Or(hn::Gt(b, a), hn::IsNaN(b)), b, a);
}

/// max(x, 0); NaN of NaN.
HWY_INLINE Vector rectified(Vector x) {
  if constexpr (kMaxIsSecondOfNan) return hn::Max(hn::Zero(Tag()), x);
  return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(Tag())), x);
}

/// The gradient of rectified(x), or of an x that was rectified: nothing where x is zero or below; a
/// NaN is not, and lets the gradient pass.
HWY_INLINE Vector rectified_gradient(Vector x, Vector d) {
  return hn::IfThenZeroElse(hn::Le(x, hn::Zero(Tag())), d);
}

/// A vector of floats from memory of either type, and back; bf16 to the nearest, the even of two.
HWY_INLINE Vector load_whole(const float* place) {
  return hn::LoadU(Tag(), place);
}
HWY_INLINE Vector load_whole(const Bf16* place) {
  const hn::RebindToUnsigned<Tag> wide;
  const hn::Rebind<uint16_t, Tag> narrow;
  const auto bits = hn::LoadU(narrow, reinterpret_cast<const uint16_t*>(place));
  return hn::BitCast(Tag(), hn::ShiftLeft<16>(hn::PromoteTo(wide, bits)));
}
HWY_INLINE void store_whole(Vector value, float* place) {
  hn::StoreU(value, Tag(), place);
}
HWY_INLINE void store_whole(Vector value, Bf16* place) {
  const hn::RebindToUnsigned<Tag> wide;
  const hn::Rebind<uint16_t, Tag> narrow;
  const auto bits = hn::BitCast(wide, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(wide, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(wide, 0x7fff)));
  // Rounding would carry a NaN's mantissa into its sign, or leave none of it.
  const auto nan = hn::RebindMask(wide, hn::IsNaN(value));
  const auto upper = hn::ShiftRight<16>(hn::IfThenElse(nan, hn::Set(wide, kBf16Nan), rounded));
  hn::StoreU(hn::TruncateTo(narrow, upper), narrow, reinterpret_cast<uint16_t*>(place));
}

/// The floats of a row of `count`: whole vectors, and a tail that may be shorter than one.
class Floats {
 public:
  explicit Floats(int64_t count) : count_(count), mask_(hn::FirstN(Tag(), tail_size(count))) {}

  /// The tail's floats, zeros after them; nothing beyond is touched. Only AVX has loads and stores
  /// that leave the masked floats alone.
  HWY_INLINE Vector load_tail(const float* place) const {
#if HWY_TARGET <= HWY_AVX2
    return hn::MaskedLoad(mask_, Tag(), place);
#else
    HWY_ALIGN float whole[kWidth] = {};
    std::memcpy(whole, place, tail_size(count_) * sizeof(float));
    return hn::Load(Tag(), whole);
#endif
  }
  HWY_INLINE void store_tail(Vector value, float* place) const {
#if HWY_TARGET <= HWY_AVX2
    hn::BlendedStore(value, mask_, Tag(), place);
#else
    HWY_ALIGN float whole[kWidth];
    hn::Store(value, Tag(), whole);
    std::memcpy(place, whole, tail_size(count_) * sizeof(float));
#endif
  }
  HWY_INLINE Vector load_tail(const Bf16* place) const {
    Bf16 whole[kWidth];
    std::memcpy(static_cast<void*>(whole), place, tail_size(count_) * sizeof(Bf16));
    return load_whole(whole);
  }
  HWY_INLINE void store_tail(Vector value, Bf16* place) const {
    Bf16 whole[kWidth];
    store_whole(value, whole);
    std::memcpy(static_cast<void*>(place), whole, tail_size(count_) * sizeof(Bf16));
  }
  int64_t count() const {
    return count_;
  }
  bool has_tail() const {
    return count_ % kWidth != 0;
  }

 private:
  static int64_t tail_size(int64_t count) {
    return count % kWidth == 0 ? kWidth : count % kWidth;
  }
  int64_t count_;
  hn::Mask<Tag> mask_;
};

/// One vector of channels: whole, or the tail.
template <bool kTail, class T>
HWY_INLINE Vector load(const Floats& lanes, const T* place) {
  return kTail ? lanes.load_tail(place) : load_whole(place);
}
template <bool kTail, class T>
HWY_INLINE void store(const Floats& lanes, Vector value, T* place) {
  if (kTail) {
    lanes.store_tail(value, place);
  } else {
    store_whole(value, place);
  }
}

/// Calls run(is it the tail, first channel) for each vector of channels.
template <class Run>
HWY_INLINE void for_vectors(int64_t channels, Run run) {
  int64_t c = 0;
  for (; c + kWidth <= channels; c += kWidth) run(std::false_type(), c);
  if (c < channels) run(std::true_type(), c);
}

/// Columns [first, first + vectors x width) of a matrix; the last vector of the last block may be a
/// tail.
struct ColumnBlock {
  int64_t first;
  int vectors;
  bool tail;
};

/// Splits columns into blocks of at most three vectors, as even as they come: four are two and two.
class ColumnBlocks {
 public:
  explicit ColumnBlocks(int64_t columns)
      : columns_(columns), vectors_((columns + kWidth - 1) / kWidth) {}

  class Iterator {
   public:
    Iterator(const ColumnBlocks& all, int64_t done) : all_(all), done_(done) {}
    ColumnBlock operator*() const {
      const int size = all_.size_at(done_);
      const bool last = done_ + size == all_.vectors_;
      return {done_ * kWidth, size, last && all_.columns_ % kWidth != 0};
    }
    Iterator& operator++() {
      done_ += all_.size_at(done_);
      return *this;
    }
    bool operator!=(const Iterator& other) const { return done_ != other.done_; }

   private:
    const ColumnBlocks& all_;
    int64_t done_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, vectors_}; }

 private:
  int size_at(int64_t done) const {
    const int64_t left = vectors_ - done;
    return static_cast<int>(left == 4 || left == 2 ? 2 : left == 1 ? 1 : 3);
  }
  int64_t columns_, vectors_;
};

inline ColumnBlocks column_blocks(int64_t columns) {
  return ColumnBlocks(columns);
}

}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#endif  // NASNET_KERNELS_VECTORS_INL
