#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/data/resample.h"

namespace nasnet::data {

/// The source samples that the new samples of an axis are made of: of each the same number, so that
/// some weights at the ends are zero. A FixedPair is two taps.
template <class Weight>
struct TapTable {
  int taps = 0;                 ///< weights of each new sample
  std::vector<int> first;       ///< the source sample of the first tap; none is beyond the source's
                                ///< end, but for one tap of a table that was made even
  std::vector<Weight> weights;  ///< `taps` of each new sample

  int size() const { return static_cast<int>(first.size()); }
  const Weight* of(int i) const { return weights.data() + int64_t{i} * taps; }
};

/// The weights of two neighbouring taps in fixed point, each high * 2^11 + low: both halves have
/// room in 16 bits, so that a pair of taps costs two multiplications of pairs.
struct FixedPair {
  int16_t high[2] = {}, low[2] = {};
};
constexpr int kLowBits = 11;
constexpr int kFractionBits = 32 - 8 - 2;  ///< a byte takes 8 bits, overshoot and sign 2

/// Those of kArea and kLegacy.
TapTable<float> float_taps(const Axis& axis, Interpolation filter);

/// Those of Pillow's filters.
TapTable<FixedPair> fixed_taps(const Axis& axis, Interpolation filter);

}  // namespace nasnet::data
