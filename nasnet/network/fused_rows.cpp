#include "nasnet/network/fused_rows.h"

#include <algorithm>

#include "nasnet/network/operators.h"

namespace nasnet::network {
namespace {

constexpr int64_t kBandPixels = 256;
/// Values of a tile, and the pixels it may have.
constexpr int64_t kTileValues = 6144, kLeastTile = 24, kMostTile = 240;

}  // namespace

kernels::Border border_of(const graph::Operator& op, const graph::Shape& before) {
  const Padding down = padding(before.height, op.output.height, op.kernel_height, op.stride_height,
                               op.dilation, op.same);
  const Padding across = padding(before.width, op.output.width, op.kernel_width, op.stride_width,
                                 op.dilation, op.same);
  return {static_cast<int>(down.begin), static_cast<int>(across.begin), static_cast<int>(down.end),
          static_cast<int>(across.end)};
}

Rows::Rows(const graph::Graph& graph, const Step& step, bool training) {
  const auto op = [&](int index) -> const graph::Operator& {
    return graph.operators[static_cast<size_t>(index)];
  };
  in = op(step.input.op).output;
  const graph::Operator& convolution = op(step.convolutions[0]);
  rows = pixels(op(step.op).output);
  height = op(step.op).output.height;
  width = op(step.op).output.width;
  if (step.kind == Step::Kind::kReduction) {
    // Both halves read every second pixel; the second from (1, 1), zeros beyond the edge.
    border = {0, 0, in.height % 2, in.width % 2};
    patches = true;
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
  if (step.depthwise >= 0) {
    const graph::Operator& one = op(step.depthwise);
    border = border_of(one, in);
    depthwise = true;
    window = {.channels = in.channels,
              .kernel = one.kernel_height,
              .stride = one.stride_height,
              .dilation = one.dilation,
              .height = one.output.height,
              .width = one.output.width};
    inner = in.channels;
    return;
  }
  border = border_of(convolution, in);
  patches = convolution.kernel_height * convolution.kernel_width > 1 ||
            convolution.stride_height * convolution.stride_width > 1;
  pointwise = !patches;
  // In inference what waits for its ReLU has been through it.
  direct = pointwise && (step.input.norm >= 0 ? !training : !step.input.relu);
  patch = {.channels = in.channels,
           .kernel_height = convolution.kernel_height,
           .kernel_width = convolution.kernel_width,
           .stride_height = convolution.stride_height,
           .stride_width = convolution.stride_width,
           .dilation = convolution.dilation,
           .padded_width = in.width + border.left + border.right,
           .out_width = convolution.output.width};
  inner = patches ? patch.size() : in.channels;
  // The pixels of a window's row lie side by side where nothing is left out between them.
  const int across = patch.dilation == 1 ? 1 : patch.kernel_width;
  tap_length = int64_t{patch.kernel_width / across} * in.channels;
  for (int64_t i = 0; i < patch.kernel_height; ++i)
    for (int64_t j = 0; j < across; ++j)
      taps.push_back({(i * padded_width() + j) * patch.dilation * in.channels,
                      static_cast<int64_t>(taps.size()) * tap_length});
  const int tile = kernels::kWinogradTile * patch.dilation;
  const bool same =
      patch.stride_height * patch.stride_width == 1 && in.height == height && in.width == width;
  winograd = training && same && in.channels >= kernels::kLanes &&
             (patch.kernel_width == kernels::kWinogradTaps
                  ? width % tile == 0
                  : patch.kernel_width == 1 && patch.kernel_height == kernels::kWinogradTaps &&
                        height % tile == 0);
}

WinogradRows::WinogradRows(const Rows& rows)
    : along_x(rows.patch.kernel_width == kernels::kWinogradTaps),
      dilation_(rows.patch.dilation),
      width_(rows.width),
      height_(rows.height),
      in_height_(rows.in.height + rows.border.top + rows.border.bottom) {
  taps = along_x ? rows.patch.kernel_height : 1;
  tap_rows = int64_t{dilation_} * width_ / kernels::kWinogradTile;
  this->rows = int64_t{height_} * width_ / kernels::kWinogradTile;
  in_rows = along_x ? int64_t{in_height_} * width_ / kernels::kWinogradTile : this->rows;
}

kernels::Lattice WinogradRows::map(int64_t pixel, int64_t line) const {
  const int64_t along = along_x ? pixel : line, across = along_x ? line : pixel;
  return {dilation_ * along, across, kernels::kWinogradTile * dilation_ * along, along};
}

kernels::Lattice WinogradRows::points(int64_t rows, int64_t channels) const {
  const int64_t tile = along_x ? channels : width_ * channels;
  const int64_t line = along_x ? width_ / kernels::kWinogradTile * channels : channels;
  return {rows * channels, line, dilation_ * tile, tile};
}

kernels::LatticeShape WinogradRows::tiles(bool border, int64_t channels) const {
  const int64_t lines = !along_x ? width_ : border ? in_height_ : height_;
  const int64_t along = along_x ? width_ : height_;
  return {lines, along / (kernels::kWinogradTile * dilation_), dilation_, channels};
}

int Rows::band() const {
  return static_cast<int>(std::max<int64_t>(1, kBandPixels / width));
}

int64_t Rows::tile() const {
  return std::clamp<int64_t>(kTileValues / std::max<int64_t>(inner, 1) / kLeastTile * kLeastTile,
                             kLeastTile, kMostTile);
}

int Rows::first_row(int first) const {
  const int stride = depthwise ? window.stride : patch.stride_height;
  return std::clamp(first * stride - border.top, 0, in.height);
}

int Rows::last_row(int last) const {
  const int stride = depthwise ? window.stride : patch.stride_height;
  const int kernel = depthwise ? window.kernel : patch.kernel_height;
  const int dilation = depthwise ? window.dilation : patch.dilation;
  // The second half of a reduction reads one row more.
  return std::clamp((last - 1) * stride - border.top + (kernel - 1) * dilation + 2, 0, in.height);
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

}  // namespace nasnet::network
