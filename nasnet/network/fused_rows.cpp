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

}  // namespace nasnet::network
