#pragma once

#include <cstdint>

#include "nasnet/data/preparation.h"

namespace nasnet::data {

/// One axis of a resampling: the range [begin, begin + length) of `source` samples is divided into
/// `samples` new ones, of which `count` from number `first` on are wanted.
struct Axis {
  int source = 0;
  double begin = 0, length = 0;
  int64_t samples = 0, first = 0;
  int count = 0;
  bool mirrored = false;  ///< the new samples in reverse order
};

/// The picture resampled along both axes: down.count rows of across.count pixels, written to `out`,
/// whose rows are `out_row` bytes apart. For the filters see Interpolation; samples outside of the
/// range, but inside of the source, take part where a filter reaches them. Nothing outside of the
/// source is read.
void resample(const ByteRows& from, const Axis& down, const Axis& across, Interpolation filter,
              uint8_t* out, int64_t out_row);

}  // namespace nasnet::data
