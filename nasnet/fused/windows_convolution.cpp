#include "nasnet/fused/windows_convolution.h"

#include <algorithm>

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
  d_row_ = (rows_.width + border_.left + border_.right) * norm_.channels();
  for (int x = 0; x < rows_.patch.stride_width; ++x)
    for (int y = 0; y < rows_.patch.stride_height; ++y) {
      // No pixel is read by both halves of a reduction.
      int half = halves() - 1;
      std::vector<kernels::Tap> taps = back[half].taps(y, x, d_row_);
      if (taps.empty() && half == 1) taps = back[--half].taps(y, x, d_row_);
      phases_.push_back({y, x, half, std::move(taps)});
    }
}

void WindowsConvolution::multiply(int half, int first, int count, Scratch<float>& own, float* out,
                                  int64_t out_stride, const kernels::Finish<float>& finish) const {
  const PackedConvolution<float>& weights = weights_.packed[half];
  const kernels::Taps taps{rows_.taps.data(), static_cast<int64_t>(rows_.taps.size()),
                           rows_.tap_length};
  const float* window = own.image.data() + rows_.half_offset(half) + first * rows_.step_down();
  for (int y = 0; y < count; ++y, window += rows_.step_down(), out += rows_.width * out_stride)
    kernels::matmul(window, rows_.step_right(), rows_.width, taps, weights.forward.data(),
                    weights.outputs, out, out_stride, finish);
}

/// The weights' gradients are taken band by band, tap by tap, while the gradient is near; the
/// input's is a convolution of that gradient, and is written once.
void WindowsConvolution::backward(const PassContext<float>& pass, int64_t n, Scratch<float>& own,
                                  float* weights) {
  const int64_t channels = norm_.channels();
  const float* scale = gradient_scale(n, own);
  activate(pass, n, own);
  float* d = bordered_gradient(channels, border_, own);
  for (int first = 0; first < rows_.height; first += rows_.band()) {
    const int count = std::min(rows_.band(), rows_.height - first);
    for (int y = first; y < first + count; ++y)
      norm_.raw_gradient(pass, n, scale, int64_t{y} * rows_.width, rows_.width, d + y * d_row_);
    const float* part = d + first * d_row_;
    float* gradients = weights;
    for (int half = 0; half < halves(); ++half) {
      const PackedConvolution<float>& packed = weights_.packed[half];
      const float* window = own.image.data() + rows_.half_offset(half) + first * rows_.step_down();
      for (const kernels::Tap& tap : rows_.taps)
        kernels::matmul_transposed(
            window + tap.offset, rows_.step_right(), part, channels, rows_.width,
            {count, rows_.step_down(), d_row_}, rows_.tap_length, packed.outputs,
            gradients + tap.row * kernels::padded(packed.outputs), &own.ahead);
      gradients += packed.gradient_size();
      part += packed.outputs;
    }
  }
  if (input_.wants_gradient()) input_gradient(pass, n, d, own);
}

void WindowsConvolution::input_gradient(const PassContext<float>& pass, int64_t n, const float* d,
                                        Scratch<float>& own) const {
  const View<float> into = input_.gradient(pass);
  const int channels = rows_.in.channels, down = rows_.patch.stride_height,
            across = rows_.patch.stride_width;
  for (const Phase& phase : phases_) {
    const PackedConvolution<float>& weights = weights_.packed[phase.half];
    const float* from = d + (phase.half == 1 ? weights_.packed[0].outputs : 0);
    for (int y = phase.y; y < rows_.in.height; y += down, from += d_row_) {
      kernels::Finish<float> finish{.accumulate = input_.gradient_adds(), .ahead = &own.ahead};
      if (input_.relu()) {
        finish.mask =
            own.image.data() + rows_.inside() + (y * rows_.padded_width() + phase.x) * channels;
        finish.mask_stride = int64_t{across} * channels;
      }
      kernels::matmul(from, norm_.channels(), (rows_.in.width - phase.x + across - 1) / across,
                      {phase.taps.data(), static_cast<int64_t>(phase.taps.size()), weights.outputs},
                      weights.backward.data(), channels,
                      into.at(n) + (int64_t{y} * rows_.in.width + phase.x) * into.stride,
                      across * into.stride, finish);
    }
  }
  sum_pending(pass, n, into, 0, plan::pixels(rows_.in));
}

}  // namespace nasnet::fused
