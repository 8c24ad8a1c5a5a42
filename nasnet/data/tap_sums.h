#pragma once

#include <cstdint>

#include "nasnet/data/taps.h"

namespace nasnet::data {

// The sums of a resampling, on the machine's vectors. Whole numbers, or floats that are multiplied
// and added one by one: the same bytes on every machine.

/// Behind the pixels of a row that resample_across() and average_across() read, and behind those
/// that they write.
constexpr int kRowPadding = 32;

/// Rows of RGB, each resampled along itself to taps.size() pixels.
void resample_across(const uint8_t* source, int64_t source_row, int rows,
                     const TapTable<FixedPair>& taps, uint8_t* out, int64_t out_row);

/// One new row of `bytes` out of those from `source` on, by the weights of `pairs` pairs of rows.
/// The very last row may be absent; its weight is then zero.
void resample_down(const uint8_t* source, int64_t source_row, const FixedPair* weights, int pairs,
                   bool absent, int64_t bytes, uint8_t* out);

/// The same in floating point, not rounded.
void average_down(const uint8_t* source, int64_t source_row, const float* weights, int taps,
                  int64_t bytes, float* out);

/// One row of RGB along itself, rounded.
void average_across(const float* source, const TapTable<float>& taps, uint8_t* out);

/// The same in plain loops, and for any number of channels: for grey, for machines without vectors,
/// and to compare with.
namespace reference {

void resample_across(const uint8_t* source, int64_t source_row, int rows,
                     const TapTable<FixedPair>& taps, int channels, uint8_t* out, int64_t out_row);
void resample_down(const uint8_t* source, int64_t source_row, const FixedPair* weights, int pairs,
                   bool absent, int64_t bytes, uint8_t* out);
void average_down(const uint8_t* source, int64_t source_row, const float* weights, int taps,
                  int64_t bytes, float* out);
void average_across(const float* source, const TapTable<float>& taps, int channels, uint8_t* out);

}  // namespace reference
}  // namespace nasnet::data
