// A dense convolution without copies of its windows. With strides the pixels of the input fall into
// phases: those of one phase gather from the gradient with the same taps.

#include "nasnet/fused/windows_convolution.h"

#include <iterator>

namespace nasnet::fused {

WindowsConvolution::WindowsConvolution(const StepOf& of, BatchNorm<float>* read,
                                       const plan::Rows& rows)
    : BandedConvolution<float>(of, read, rows) {
  std::vector<plan::WindowsBack> back;
  for (int half = 0; half < halves(); ++half) {
    const int convolution = made_.convolutions[half];
    back.emplace_back(rows_, half, of.op(convolution).output.channels, norm_.channels());
    border_ = kernels::around(border_, back.back().border());
  }
  // Values from one row of the gradient, border included, to the next.
  const int64_t d_row = (rows_.width + border_.across()) * norm_.channels();
  for (int x = 0; x < rows_.patch.stride_width; ++x)
    for (int y = 0; y < rows_.patch.stride_height; ++y) {
      // No pixel is read by both halves of a reduction.
      int half = halves() - 1;
      std::vector<kernels::Tap> taps = back[half].taps(y, x, d_row);
      if (taps.empty() && half == 1) taps = back[--half].taps(y, x, d_row);
      phases_.push_back({y, x, half, std::move(taps)});
    }
}

kernels::Pixels<const float> WindowsConvolution::windows(int half, const plan::Band& band,
                                                         const Scratch<float>& own) const {
  return {own.image.data() + rows_.half_offset(half) + band.first * rows_.step_down(),
          rows_.step_right(), rows_.step_down()};
}

void WindowsConvolution::multiply(int half, const plan::Band& band, Scratch<float>& own,
                                  kernels::Pixels<float> out,
                                  const kernels::Finish<float>& finish) const {
  const PackedConvolution<float>& weights = weights_.packed[half];
  const kernels::Taps taps = {rows_.taps.data(), std::ssize(rows_.taps), rows_.tap_length};
  const kernels::Pixels<const float> in = windows(half, band, own);
  for (int y = 0; y < band.count; ++y)
    kernels::matmul(in.from_row(y), taps, weights.forward.data(),
                    {.rows = rows_.width, .columns = weights.outputs},
                    out.from_pixel(int64_t{y} * rows_.width), finish);
}

/// The weights' gradients are taken band by band, tap by tap, while the gradient is near; the
/// input's is a convolution of that gradient, and is written once.
void WindowsConvolution::backward(const PassContext<float>& pass, int64_t n, Scratch<float>& own,
                                  float* weights) {
  const float* scale = gradient_scale(n, own);
  activate(pass, n, own);
  const kernels::Pixels<float> d = bordered_gradient(norm_.channels(), border_, own);
  rows_.for_bands(rows_.all_rows(), [&](const plan::Band& band) {
    for (int y = band.first; y < band.last(); ++y)
      norm_.raw_gradient(pass, n, scale, rows_.pixels_of({y, 1}), d.from_row(y));
    kernels::Pixels<const float> above = d.from_row(band.first);
    float* gradients = weights;
    for (int half = 0; half < halves(); ++half) {
      const PackedConvolution<float>& packed = weights_.packed[half];
      const kernels::Pixels<const float> in = windows(half, band, own);
      for (const kernels::Tap& tap : rows_.taps)
        kernels::matmul_transposed({.d = above, .x = in.from_channel(tap.offset)},
                                   {.lines = band.count,
                                    .rows = rows_.width,
                                    .inner = rows_.tap_length,
                                    .columns = packed.outputs},
                                   gradients + tap.row * kernels::padded(packed.outputs),
                                   &own.ahead);
      gradients += packed.gradient_size();
      above = above.from_channel(packed.outputs);
    }
  });
  if (input_.wants_gradient()) input_gradient(pass, n, d, own);
}

void WindowsConvolution::input_gradient(const PassContext<float>& pass, int64_t n,
                                        kernels::Pixels<const float> d, Scratch<float>& own) const {
  const kernels::Pixels<float> into = input_.gradient(pass).at(n);
  const int down = rows_.patch.stride_height, across = rows_.patch.stride_width;
  for (const Phase& phase : phases_) {
    const PackedConvolution<float>& weights = weights_.packed[phase.half];
    const kernels::Taps taps = {phase.taps.data(), std::ssize(phase.taps), weights.outputs};
    const kernels::Product size = {.rows = (rows_.in.width - phase.x + across - 1) / across,
                                   .columns = rows_.in.channels};
    kernels::Pixels<const float> from =
        d.from_channel(phase.half == 1 ? weights_.packed[0].outputs : 0);
    for (int y = phase.y; y < rows_.in.height; y += down, from = from.from_row(1)) {
      kernels::Finish<float> finish{.write = input_.gradient_write(), .ahead = &own.ahead};
      if (input_.relu())
        finish.mask = rows_.inside(own.image.data()).from_row(y).from_pixel(phase.x).every(across);
      kernels::matmul(from, taps, weights.backward.data(), size,
                      into.from_pixel(int64_t{y} * rows_.in.width + phase.x).every(across), finish);
    }
  }
  sum_pending(pass, n, {0, plan::pixels(rows_.in)});
}

}  // namespace nasnet::fused
