// Sizes and offsets of a convolution's matrix rows. Which way a convolution takes was decided by
// measuring (docs/kernels.md).

#include "nasnet/plan/rows.h"

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/graph/padding.h"
#include "nasnet/plan/limits.h"

namespace nasnet::plan {
namespace {

using graph::Padding;

constexpr int64_t kBandPixels = 256;
/// Values of a tile, and the pixels that it has at least.
constexpr int64_t kTileValues = 9216, kLeastTile = 24;

constexpr int kSeven = 7;  // taps that are taken as four and three

/// Along one axis three taps, or seven where there are none along the other one; whole tiles; and
/// enough channels that the products outweigh the transforms.
bool winograd_fits(const Rows& rows) {
  const kernels::PatchShape& patch = rows.patch;
  const bool along_x = patch.kernel_width > 1;
  const int taps = along_x ? patch.kernel_width : patch.kernel_height;
  const int size = along_x ? rows.width : rows.height;
  // The gradient of the result has the border of the image, then.
  const bool even = 2 * rows.border.top == patch.dilation * (patch.kernel_height - 1) &&
                    2 * rows.border.left == patch.dilation * (patch.kernel_width - 1);
  const bool alone = patch.kernel_height * patch.kernel_width == taps && patch.dilation == 1;
  return even && patch.stride_height * patch.stride_width == 1 && rows.in.height == rows.height &&
         rows.in.width == rows.width && rows.in.channels >= kernels::kLanes &&
         (taps == 3 || (taps == kSeven && alone)) &&
         size % (kernels::kWinogradTile * patch.dilation) == 0;
}

}  // namespace

kernels::Border border_of(const graph::Operator& op, const graph::Shape& before) {
  const Padding down = vertical_padding(op, before), across = horizontal_padding(op, before);
  return {static_cast<int>(down.begin), static_cast<int>(across.begin), static_cast<int>(down.end),
          static_cast<int>(across.end)};
}

Rows::Rows(const graph::Graph& graph, const Step& step, const PassKind& kind) {
  const auto op = [&](int index) -> const graph::Operator& { return graph.operators[index]; };
  const auto& made = std::get<Convolution>(step.kind);
  in = op(step.input.op).output;
  rows = pixels(op(step.op).output);
  height = op(step.op).output.height;
  width = op(step.op).output.width;
  if (made.is_norm_alone()) {
    way = Way::kNone;
    return;
  }
  const graph::Operator& convolution = op(made.convolutions[0]);
  way = kind.values == ValueType::kBf16 ? Way::kPatches : Way::kWindows;
  if (made.is_reduction()) {
    // Both halves read every second pixel; the second from (1, 1), zeros beyond the edge.
    border = window_border = {0, 0, in.height % 2, in.width % 2};
    patch = {.channels = in.channels,
             .stride_height = 2,
             .stride_width = 2,
             .padded_width = in.width + border.right,
             .out_width = convolution.output.width};
    inner = in.channels;
    taps = {{}};
    tap_length = inner;
    return;
  }
  if (made.depthwise >= 0) {
    const graph::Operator& one = op(made.depthwise);
    NASNET_CHECK(one.kernel_height == one.kernel_width && one.stride_height == one.stride_width,
                 "depthwise windows are squares");
    way = Way::kSeparable;
    border = made.border;
    window_border = border_of(one, in);
    window = {.channels = in.channels,
              .kernel = one.kernel_height,
              .stride = one.stride_height,
              .dilation = one.dilation,
              .height = one.output.height,
              .width = one.output.width};
    inner = in.channels;
    return;
  }
  border = window_border = border_of(convolution, in);
  if (convolution.kernel_height * convolution.kernel_width == 1 &&
      convolution.stride_height * convolution.stride_width == 1) {
    way = Way::kPointwise;
    // In inference what waits for its ReLU has been through it.
    direct = step.input.norm >= 0 ? !kind.training : !step.input.relu;
  }
  patch = {.channels = in.channels,
           .kernel_height = convolution.kernel_height,
           .kernel_width = convolution.kernel_width,
           .stride_height = convolution.stride_height,
           .stride_width = convolution.stride_width,
           .dilation = convolution.dilation,
           .padded_width = in.width + border.across(),
           .out_width = convolution.output.width};
  inner = patch.size();
  // The pixels of a window's row lie side by side where nothing is left out between them.
  const int across = patch.dilation == 1 ? 1 : patch.kernel_width;
  tap_length = int64_t{patch.kernel_width / across} * in.channels;
  for (int64_t i = 0; i < patch.kernel_height; ++i)
    for (int64_t j = 0; j < across; ++j)
      taps.push_back({(i * padded_width() + j) * patch.dilation * in.channels,
                      static_cast<int64_t>(taps.size()) * tap_length});
  if (!kind.training || way != Way::kWindows || !winograd_fits(*this)) return;
  way = Way::kWinograd;
  // The eighth of seven taps, a zero, reads one pixel more.
  if (patch.kernel_width == kSeven) ++border.right;
  if (patch.kernel_height == kSeven) ++border.bottom;
  patch.padded_width = static_cast<int>(padded_width());
}

WinogradRows::WinogradRows(const Rows& of) : along_x(of.patch.kernel_width > 1) {
  const bool seven = (along_x ? of.patch.kernel_width : of.patch.kernel_height) == kSeven;
  taps = seven ? 4 : 3;
  points = kernels::winograd_points(taps);
  by_tile_ = seven || !along_x;
  dilation_ = of.patch.dilation;
  lines_ = along_x ? of.height : of.width;
  in_lines_ = along_x ? of.in.height + of.border.down() : of.width;
  tiles_ = (along_x ? of.width : of.height) / kernels::kWinogradTile;
  in_tiles_ = tiles_ + (seven ? 1 : 0);
  groups = seven ? 2 : along_x ? of.patch.kernel_height : 1;
  group_rows = seven ? lines_ : dilation_ * tiles_;
  rows = lines_ * tiles_;
  in_rows = in_lines_ * in_tiles_;
  NASNET_CHECK(tiles_ > 0 && tiles_ % dilation_ == 0, "each phase of a dilation has whole tiles");
}

kernels::Lattice WinogradRows::map(int64_t pixel, int64_t line) const {
  const int64_t along = along_x ? pixel : line, across = along_x ? line : pixel;
  return {.step = dilation_ * along,
          .row = across,
          .block = kernels::kWinogradTile * dilation_ * along,
          .phase = along};
}

kernels::Lattice WinogradRows::transformed(int64_t rows, int64_t channels) const {
  const int64_t tile = by_tile_ ? lines_ * channels : channels;
  const int64_t line = by_tile_ ? channels : tiles_ * channels;
  return {.step = rows * channels, .row = line, .block = dilation_ * tile, .phase = tile};
}

kernels::LatticeShape WinogradRows::result_tiles(int64_t channels) const {
  return {.rows = lines_, .blocks = tiles_ / dilation_, .phases = dilation_, .channels = channels};
}

kernels::LatticeShape WinogradRows::image_tiles(int64_t channels) const {
  return {.rows = in_lines_,
          .blocks = in_tiles_ / dilation_,
          .phases = dilation_,
          .channels = channels};
}

int Rows::band() const {
  return static_cast<int>(std::max<int64_t>(1, kBandPixels / width));
}

int64_t Rows::tile() const {
  return std::clamp<int64_t>(kTileValues / std::max<int64_t>(inner, 1) / kLeastTile * kLeastTile,
                             kLeastTile, kMostTile);
}

int Rows::first_row(int first) const {
  const int stride = way == Way::kSeparable ? window.stride : patch.stride_height;
  return std::clamp(first * stride - window_border.top, 0, in.height);
}

int Rows::last_row(int last) const {
  const int stride = way == Way::kSeparable ? window.stride : patch.stride_height;
  const int kernel = way == Way::kSeparable ? window.kernel : patch.kernel_height;
  const int dilation = way == Way::kSeparable ? window.dilation : patch.dilation;
  // The second half of a reduction reads one row more.
  return std::clamp((last - 1) * stride - window_border.top + (kernel - 1) * dilation + 2, 0,
                    in.height);
}

WindowsBack::WindowsBack(const Rows& rows, int half, int64_t outputs, int64_t channels)
    : rows_(rows),
      top_(rows.border.top - half),
      left_(rows.border.left - half),
      outputs_(outputs),
      channels_(channels) {
  // Of results before the first and after the last one that windows beyond the edges would have.
  const kernels::PatchShape& patch = rows.patch;
  const auto before = [&](int kernel, int stride, int padding) {
    return std::max((patch.dilation * (kernel - 1) - padding) / stride, 0);
  };
  const auto after = [](int size, int results, int stride, int padding) {
    return std::max((size - 1 + padding) / stride - (results - 1), 0);
  };
  border_ = {before(patch.kernel_height, patch.stride_height, top_),
             before(patch.kernel_width, patch.stride_width, left_),
             after(rows.in.height, rows.height, patch.stride_height, top_),
             after(rows.in.width, rows.width, patch.stride_width, left_)};
}

std::vector<kernels::Tap> WindowsBack::taps(int y, int x, int64_t row) const {
  const kernels::PatchShape& patch = rows_.patch;
  std::vector<kernels::Tap> found;
  for (int i = 0; i < patch.kernel_height; ++i)
    for (int j = 0; j < patch.kernel_width; ++j) {
      const int down = y + top_ - i * patch.dilation, across = x + left_ - j * patch.dilation;
      if (down % patch.stride_height != 0 || across % patch.stride_width != 0) continue;
      found.push_back({down / patch.stride_height * row + across / patch.stride_width * channels_,
                       (int64_t{i} * patch.kernel_width + j) * outputs_});
    }
  return found;
}

}  // namespace nasnet::plan
