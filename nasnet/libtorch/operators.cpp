// Where libtorch's operators have no SAME padding, no path-wise masks, or a fault.

#include "nasnet/libtorch/operators.h"

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mul.h>

#include <algorithm>
#include <limits>

#include "nasnet/base/check.h"
#include "nasnet/base/random.h"

namespace nasnet::libtorch {
namespace {

using graph::Padding;

/// Pixels around a map, down and across.
struct Paddings {
  Padding vertical, horizontal;
  bool symmetric() const {
    return vertical.begin == vertical.end && horizontal.begin == horizontal.end;
  }
};

Paddings paddings(const graph::Operator& op, const graph::Shape& before) {
  return {vertical_padding(op, before), horizontal_padding(op, before)};
}

at::Tensor pad(const at::Tensor& in, const Paddings& by, double value) {
  return at::constant_pad_nd(
      in, {by.horizontal.begin, by.horizontal.end, by.vertical.begin, by.vertical.end}, value);
}

/// Asymmetric SAME padding adds one more cell at the end than at the beginning. Pooling with the
/// begin padding on both sides and ceil_mode covers just that cell, and libtorch leaves cells
/// beyond the edge out of maximum and divisor, as TF does. It holds for stride 2 only.
bool ceil_mode_fits(const Padding& by, int stride) {
  return by.begin == by.end || (stride == 2 && by.end == by.begin + 1);
}

/// The gradient of a strided 1x1 convolution's weights writes beyond its workspace on the CPU where
/// channels-last images have fewer channels than a vector has floats, with several threads at
/// least: it crashes, or is wrong (oneDNN issue 6035; seen with libtorch 1.13 and 2.15). Reading
/// every second pixel first makes it a convolution without stride, with the same result.
bool overruns_in_onednn(const at::Tensor& in, const graph::Operator& op) {
  constexpr int64_t kFloatsOfAVector = 16;
  return in.is_cpu() && in.size(1) < kFloatsOfAVector && op.kernel_height == 1 &&
         op.kernel_width == 1 && (op.stride_height > 1 || op.stride_width > 1);
}

/// in * mask / keep. The mask is of `shape`, in which an extent of 1 stands for all.
at::Tensor masked(const at::Tensor& in, std::vector<int64_t> shape, double keep, Random random) {
  // Drawn here for every device, so that the same seed drops the same everywhere.
  NASNET_CHECK(keep > 0 && keep <= 1, "kept values are scaled by 1 / keep");
  const bool gpu = in.is_cuda();
  at::Tensor mask = at::empty(shape, at::TensorOptions(c10::kFloat).pinned_memory(gpu));
  float* values = mask.data_ptr<float>();
  const auto scale = static_cast<float>(1.0 / keep);
  // bfloat16 would round the scale, and every kept value by the same amount: it comes after.
  const bool narrow = in.element_size() < 4;
  const float kept = narrow ? 1.0f : scale;
  for (int64_t i = 0; i < mask.numel(); ++i) values[i] = random.uniform() < keep ? kept : 0.0f;
  const at::Tensor masked =
      at::mul(in, mask.to(in.device(), c10::kFloat, gpu).to(in.scalar_type()));
  return narrow ? masked.mul(scale) : masked;
}

}  // namespace

at::Tensor convolution(const at::Tensor& in, const at::Tensor& weight, const graph::Operator& op,
                       const graph::Shape& before) {
  const Paddings by = paddings(op, before);
  const int64_t groups = op.kind == graph::OperatorKind::kDepthwiseConv ? before.channels : 1;
  const std::vector<int64_t> stride = {op.stride_height, op.stride_width};
  const std::vector<int64_t> dilation = {op.dilation, op.dilation};
  if (overruns_in_onednn(in, op)) {
    const at::Tensor read = in.slice(2, 0, in.size(2), op.stride_height)
                                .slice(3, 0, in.size(3), op.stride_width)
                                .contiguous(at::MemoryFormat::ChannelsLast);
    return at::conv2d(read, weight, {}, at::IntArrayRef({1, 1}), at::IntArrayRef({0, 0}), 1,
                      groups);
  }
  if (by.symmetric())
    return at::conv2d(in, weight, {}, stride,
                      at::IntArrayRef({by.vertical.begin, by.horizontal.begin}), dilation, groups);
  return at::conv2d(pad(in, by, 0), weight, {}, stride, at::IntArrayRef({0, 0}), dilation, groups);
}

at::Tensor average_pool(const at::Tensor& in, const graph::Operator& op,
                        const graph::Shape& before) {
  // The space has odd windows only, whose padding ceil_mode always covers.
  const Paddings by = paddings(op, before);
  if (op.zeros)
    return at::avg_pool2d(pad(in, by, 0), {op.kernel_height, op.kernel_width},
                          {op.stride_height, op.stride_width});
  return at::avg_pool2d(in, {op.kernel_height, op.kernel_width},
                        {op.stride_height, op.stride_width},
                        {by.vertical.begin, by.horizontal.begin}, /*ceil_mode=*/op.same,
                        /*count_include_pad=*/false);
}

at::Tensor max_pool(const at::Tensor& in, const graph::Operator& op, const graph::Shape& before) {
  const Paddings by = paddings(op, before);
  const std::vector<int64_t> kernel = {op.kernel_height, op.kernel_width};
  const std::vector<int64_t> stride = {op.stride_height, op.stride_width};
  if (op.zeros) return at::max_pool2d(pad(in, by, 0), kernel, stride);
  if (ceil_mode_fits(by.vertical, op.stride_height) &&
      ceil_mode_fits(by.horizontal, op.stride_width))
    return at::max_pool2d(in, kernel, stride, {by.vertical.begin, by.horizontal.begin}, {1, 1},
                          /*ceil_mode=*/op.same);
  // Padded with what is never the largest.
  return at::max_pool2d(pad(in, by, -std::numeric_limits<double>::infinity()), kernel, stride);
}

at::Tensor subsample(const at::Tensor& in, int offset) {
  const int64_t height = in.size(2), width = in.size(3);
  // Where a size is odd the shifted half has one place less: zeros make both halves alike, as in
  // TF-slim's factorized_reduction.
  at::Tensor shifted = in;
  if (offset == 1 && (height % 2 == 1 || width % 2 == 1))
    shifted = at::constant_pad_nd(in, {0, width % 2, 0, height % 2}, 0);
  return shifted.slice(2, offset, shifted.size(2), 2).slice(3, offset, shifted.size(3), 2);
}

at::Tensor drop_path(const at::Tensor& in, double keep, uint64_t seed, int64_t step,
                     uint64_t stream) {
  Random random(seed ^ (stream * 0x9e3779b97f4a7c15u), static_cast<uint64_t>(step), "drop path");
  return masked(in, {in.size(0), 1, 1, 1}, keep, random);
}

at::Tensor dropout(const at::Tensor& in, double keep, uint64_t seed, int64_t step,
                   uint64_t stream) {
  Random random(seed ^ (stream * 0x9e3779b97f4a7c15u), static_cast<uint64_t>(step), "dropout");
  return masked(in, in.sizes().vec(), keep, random);
}

}  // namespace nasnet::libtorch
