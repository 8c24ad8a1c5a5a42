#pragma once

// Geometry of convolutions as matrix products, for the operators that run them and for the memory
// plan, which must agree on every size.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "nasnet/base/check.h"
#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/images.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/patches.h"
#include "nasnet/kernels/winograd.h"
#include "nasnet/plan/plan.h"

namespace nasnet::plan {

inline int64_t pixels(const graph::Shape& shape) {
  return int64_t{shape.height} * shape.width;
}

inline kernels::Size size_of(const graph::Shape& shape) {
  return {.height = shape.height, .width = shape.width, .channels = shape.channels};
}

/// Padding of an operator's windows, on all sides.
kernels::Border border_of(const graph::Operator& op, const graph::Shape& before);

/// The ways to the rows of a convolution's matrix.
enum class Way {
  kNone,       ///< none: a norm of a value that is no convolution's
  kPointwise,  ///< pixels are rows already
  kSeparable,  ///< made by a depthwise part
  kWindows,    ///< windows of a dense convolution straight from the image, or a reduction's pixels
  kWinograd,   ///< windows along one axis, transformed: see WinogradRows
  kPatches,    ///< copied windows: of bf16, whose products want pairs of values
};

/// Some rows of a convolution's result.
struct Band {
  int first = 0, count = 0;

  int last() const { return first + count; }  ///< behind it
};

/// How a convolution's input becomes the rows of a matrix, one for each pixel of the result.
struct Rows {
  /// Of a step that is a plan::Convolution.
  Rows(const graph::Graph& graph, const Step& step, const PassKind& kind);

  Way way;
  graph::Shape in;                 ///< of the image that is read
  kernels::Border border;          ///< around it
  bool direct = false;             ///< a 1x1 convolution that reads its pixels as they lie
  kernels::Border window_border;   ///< what the windows need of it
  kernels::DepthwiseShape window;  ///< of the depthwise part
  kernels::PatchShape patch;
  /// Where the windows lie from a result's first pixel in the image with its border on.
  std::vector<kernels::Tap> taps;
  int64_t tap_length = 0;
  int64_t rows = 0, inner = 0;  ///< of the matrix, an image
  int height = 0, width = 0;    ///< of the result

  /// Rows of the result whose part of the matrix is made at a time: what it makes of them stays in
  /// the nearest caches.
  int band() const;
  /// Pixels of a 1x1 convolution at a time: a multiple of what matmul's tiles take.
  int64_t tile() const;
  int64_t padded_width() const { return in.width + border.across(); }
  /// Calls take(band) for the rows of `all`, from the first to the last.
  template <class Take>
  void for_bands(const Band& all, Take take) const {
    for (int first = all.first; first < all.last(); first += band())
      take(Band{first, std::min(band(), all.last() - first)});
  }
  /// Calls take(pixels) for the pixels of the rows of `all`, a tile at a time.
  template <class Take>
  void for_tiles(const Band& all, Take take) const {
    const kernels::PixelRange range = pixels_of(all);
    for (int64_t done = 0; done < range.count; done += tile())
      take(kernels::PixelRange{range.first + done, std::min(tile(), range.count - done)});
  }
  Band all_rows() const { return {0, height}; }
  /// A part of the rows, where they are shared out in `parts`.
  Band chunk(int64_t part, int64_t parts) const {
    NASNET_DCHECK(part >= 0 && part < parts && parts <= height, "each part has a row");
    const int64_t first = height * part / parts;
    return {static_cast<int>(first), static_cast<int>(height * (part + 1) / parts - first)};
  }
  kernels::PixelRange pixels_of(const Band& band) const {
    return {int64_t{band.first} * width, int64_t{band.count} * width};
  }

  /// The input inside its border, whose first pixel is given, and the input itself in it.
  template <class T>
  kernels::Pixels<T> bordered(T* first) const {
    return {first, in.channels, padded_width() * in.channels};
  }
  template <class T>
  kernels::Pixels<T> inside(T* first) const {
    return kernels::inside(bordered(first), border, in.width);
  }
  /// The part that the depthwise windows read, whose border is window_border.
  template <class T>
  kernels::Pixels<T> windows(T* first) const {
    const int64_t row = border.top - window_border.top, column = border.left - window_border.left;
    return bordered(first).from_pixel(row * padded_width() + column);
  }
  /// Where the image lies in what the depthwise windows read.
  kernels::Part image_part() const {
    return {window_border.top, window_border.left, in.height, in.width};
  }
  int64_t padded_pixels() const { return int64_t{in.height + border.down()} * padded_width(); }
  /// The rows of the image that result rows [first, last) read.
  int first_row(int first) const;
  int last_row(int last) const;
  /// The floats from a result's window to the next one's, to the right and below.
  int64_t step_right() const { return int64_t{patch.stride_width} * in.channels; }
  int64_t step_down() const { return patch.stride_height * padded_width() * in.channels; }
  /// The first window of a reduction's second half lies a row and a column further.
  int64_t half_offset(int half) const { return half * (padded_width() + 1) * in.channels; }
};

/// Transformed weights are twice as many: six for three, or twice seven for seven.
inline constexpr int64_t kWinogradGrowth = 2;

/// A convolution by Winograd's algorithm along one axis: of three taps by F(4, 3), of seven as two
/// groups of four by F(4, 4), the eighth a zero. Transformed values lie as [point][line][tile]
/// [channels] for groups of the other axis' taps, else as [point][tile][line][channels]: then the
/// rows of all tiles of the result lie side by side, and those of a further group a constant way
/// off, so that each point is one product.
struct WinogradRows {
  explicit WinogradRows(const Rows& rows);

  bool along_x;
  int taps, points;            ///< of a group
  int64_t groups, group_rows;  ///< and the rows from one to the next
  int64_t rows;                ///< of the product of each point
  int64_t in_rows;             ///< of the transformed image
  /// How tiles lie in a map with pixels of so many floats in lines of so many, and transformed.
  kernels::Lattice map(int64_t pixel, int64_t line) const;
  kernels::Lattice transformed(int64_t rows, int64_t channels) const;
  /// The tiles of the result, and of the image with its border.
  kernels::LatticeShape result_tiles(int64_t channels) const;
  kernels::LatticeShape image_tiles(int64_t channels) const;

 private:
  bool by_tile_;  ///< tiles lie outside of lines
  int64_t dilation_, lines_, in_lines_, tiles_, in_tiles_;
};

/// The gradient of a dense convolution's input as a convolution of its result's gradient d. With a
/// stride s the pixels (y, x) of the same y % s and x % s have the same taps.
class WindowsBack {
 public:
  /// `half`: of a reduction; d has `channels`, `outputs` of them of this convolution.
  WindowsBack(const Rows& rows, int half, int64_t outputs, int64_t channels);

  /// The zeros that d needs around it.
  kernels::Border border() const { return border_; }
  /// Of the pixels that begin at (y, x), y and x less than the strides: from d's pixel (0, 0) on,
  /// where d has rows of `row` floats.
  std::vector<kernels::Tap> taps(int y, int x, int64_t row) const;

 private:
  const Rows& rows_;
  int top_, left_;
  int64_t outputs_, channels_;
  kernels::Border border_;
};

}  // namespace nasnet::plan
