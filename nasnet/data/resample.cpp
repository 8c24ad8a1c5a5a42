#include "nasnet/data/resample.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "nasnet/data/tap_sums.h"
#include "nasnet/data/taps.h"

// Two kinds of filters: areas and TensorFlow's old one, in floating point, and Pillow's, in its own
// fixed point. Both are separable: each new row and column knows its taps, the samples that it is
// made of (taps.h); the sums are those of tap_sums.h.

namespace nasnet::data {
namespace {

/// Rounds up, so that whole vectors may be read and written behind the last pixel.
int64_t padded(int64_t bytes) {
  return (bytes + 15) / 16 * 16 + kRowPadding;
}

// Floating point, rounded once at the end: down the columns first.

void resample_floats(const ByteRows& from, int columns, const TapTable<float>& down,
                     const TapTable<float>& across, uint8_t* out, int64_t out_row) {
  const int64_t bytes = int64_t{columns} * from.channels, width = int64_t{across.size()} * 3;
  const auto line = std::make_unique<float[]>(padded(bytes));
  const auto pixels = std::make_unique_for_overwrite<uint8_t[]>(padded(width));
  for (int y = 0; y < down.size(); ++y, out += out_row) {
    average_down(from.pixels + down.first[y] * from.row, from.row, down.of(y), down.taps, bytes,
                 line.get());
    if (from.channels == 1) {
      reference::average_across(line.get(), across, 1, out);
    } else {
      average_across(line.get(), across, pixels.get());
      std::memcpy(out, pixels.get(), width);
    }
  }
}

// Pillow's: along the rows first, then down the columns; rounded to bytes after each. To the last
// bit what Pillow before 13 makes; 13 takes the columns first where that is less work, which moves
// some bytes by one.

void resample_fixed(const ByteRows& from, const Axis& rows, int columns,
                    const TapTable<FixedPair>& down, const TapTable<FixedPair>& across,
                    uint8_t* out, int64_t out_row) {
  // Only the rows that the columns' filter will look at.
  const auto [least, most] = std::minmax(down.first.front(), down.first.back());
  const int top = least, bottom = std::min(most + 2 * down.taps, rows.source);
  const int64_t bytes = int64_t{across.size()} * from.channels, narrow_row = padded(bytes);
  const auto narrow = std::make_unique_for_overwrite<uint8_t[]>((bottom - top) * narrow_row);
  const auto along = [&](const uint8_t* source, int64_t source_row, int count, uint8_t* result) {
    if (from.channels == 1)
      reference::resample_across(source, source_row, count, across, 1, result, narrow_row);
    else
      resample_across(source, source_row, count, across, result, narrow_row);
  };
  const uint8_t* const first = from.pixels + top * from.row;
  // Behind the last pixel there may be no memory to read: the last rows, of narrow pictures
  // several, are copied to where there is.
  const int64_t source_bytes = int64_t{columns} * from.channels;
  const int rows_left =
      static_cast<int>(std::min<int64_t>(bottom - top, kRowPadding / source_bytes + 1));
  const int before = bottom - top - rows_left;
  along(first, from.row, before, narrow.get());
  const auto last = std::make_unique<uint8_t[]>(rows_left * source_bytes + kRowPadding);
  for (int y = 0; y < rows_left; ++y)
    std::memcpy(last.get() + y * source_bytes, first + (before + y) * from.row, source_bytes);
  along(last.get(), source_bytes, rows_left, narrow.get() + before * narrow_row);

  for (int y = 0; y < down.size(); ++y, out += out_row)
    resample_down(narrow.get() + (down.first[y] - top) * narrow_row, narrow_row, down.of(y),
                  down.taps, down.first[y] + 2 * down.taps > bottom, bytes, out);
}

}  // namespace

void resample(const ByteRows& from, const Axis& down, const Axis& across, Interpolation filter,
              uint8_t* out, int64_t out_row) {
  if (filter == Interpolation::kArea || filter == Interpolation::kLegacy)
    resample_floats(from, across.source, float_taps(down, filter), float_taps(across, filter), out,
                    out_row);
  else
    resample_fixed(from, down, across.source, fixed_taps(down, filter), fixed_taps(across, filter),
                   out, out_row);
}

}  // namespace nasnet::data
