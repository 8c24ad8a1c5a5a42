#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/data/preparation.h"

namespace nasnet::data {

/// One axis of a resampling: the range [begin, begin + length) of `source` samples is divided into
/// `samples` new ones, of which `count` from number `first` on are wanted.
struct Axis {
  int source = 0;
  double begin = 0, length = 0;
  int64_t samples = 0, first = 0;
  int count = 0;
};

/// Interleaved bytes of one or three channels resampled along both axes; the result has down.count
/// x across.count pixels. For the filters see Interpolation; samples outside of the
/// range, but inside of the source, take part where a filter reaches them.
std::vector<uint8_t> resample(const uint8_t* pixels, const Axis& down, const Axis& across,
                              int channels, Interpolation filter);

}  // namespace nasnet::data
