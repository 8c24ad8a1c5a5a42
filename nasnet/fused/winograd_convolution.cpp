#include "nasnet/fused/winograd_convolution.h"

#include <algorithm>
#include <vector>

#include "nasnet/kernels/winograd.h"

namespace nasnet::fused {

using kernels::AlignedFloats;
using kernels::padded;
using kernels::winograd;
using kernels::Winograd;

WinogradConvolution::WinogradConvolution(const StepOf& of, BatchNorm<float>* read,
                                         const plan::Rows& rows)
    : ImageConvolution<float>(of, read, rows), tiles_(rows) {}

void WinogradConvolution::prepare_forward(const PassContext<float>& pass) {
  ImageConvolution<float>::prepare_forward(pass);
  transform_weights(weights_.packed[0].forward, false, forward_);
  transform_weights(weights_.packed[0].backward, true, backward_);
}

void WinogradConvolution::transform_weights(const AlignedFloats& from, bool reverse,
                                            AlignedFloats& to) const {
  const int64_t count = rows_.patch.kernel_height * rows_.patch.kernel_width;
  const int64_t tap = static_cast<int64_t>(from.size()) / count;
  AlignedFloats taps(static_cast<size_t>(tiles_.groups * tiles_.taps * tap), 0.0f);
  for (int64_t k = 0; k < count; ++k)
    std::copy_n(from.data() + (reverse ? count - 1 - k : k) * tap, tap, taps.data() + k * tap);
  to.resize(static_cast<size_t>(tiles_.groups * tiles_.points * tap));
  winograd(Winograd::kWeights, tiles_.taps, taps.data(), {tap, tiles_.taps * tap}, to.data(),
           {tiles_.groups * tap, tap}, {tiles_.groups, 1, 1, tap});
}

/// With its border, `channels` a pixel.
void WinogradConvolution::transform_image(const float* image, int64_t channels, float* out) const {
  winograd(Winograd::kInput, tiles_.taps, image,
           tiles_.map(channels, rows_.padded_width() * channels), out,
           tiles_.transformed(tiles_.in_rows, channels), tiles_.tiles(true, channels));
}

/// Convolves the transformed image with `weights`; the result is transformed, too.
void WinogradConvolution::multiply_points(const float* in, int64_t inputs,
                                          const AlignedFloats& weights, int64_t outputs, float* out,
                                          kernels::Ahead& ahead) const {
  std::vector<kernels::Tap> taps;
  for (int64_t i = 0; i < tiles_.groups; ++i)
    taps.push_back({i * tiles_.group_rows * inputs, i * inputs});
  const int64_t point = tiles_.groups * inputs * padded(outputs);
  for (int64_t p = 0; p < tiles_.points; ++p)
    kernels::matmul(in + p * tiles_.in_rows * inputs, inputs, tiles_.rows,
                    {taps.data(), tiles_.groups, inputs}, weights.data() + p * point, outputs,
                    out + p * tiles_.rows * outputs, outputs,
                    kernels::Finish<float>{.ahead = &ahead});
}

void WinogradConvolution::forward(const PassContext<float>& pass, int64_t n, Scratch<float>& own) {
  const int64_t inputs = rows_.in.channels, outputs = norm_.channels();
  activate(pass, n, own);
  transform_image(own.image.data(), inputs, own.back.data());
  multiply_points(own.back.data(), inputs, forward_, outputs, own.transformed.data(), own.ahead);
  float* out = norm_.raw(pass).at(n);
  winograd(Winograd::kOutput, tiles_.taps, own.transformed.data(),
           tiles_.transformed(tiles_.rows, outputs), out,
           tiles_.map(outputs, rows_.width * outputs), tiles_.tiles(false, outputs));
  for (int first = 0; first < rows_.height; first += rows_.band()) {
    const int64_t count = int64_t{std::min(rows_.band(), rows_.height - first)} * rows_.width;
    norm_.add_pixels(out + int64_t{first} * rows_.width * outputs, count, n, first == 0);
  }
}

/// The gradient of the result has the border of the image: that of the input is a convolution of
/// it.
void WinogradConvolution::backward(const PassContext<float>& pass, int64_t n, Scratch<float>& own,
                                   float* weights) {
  const int64_t inputs = rows_.in.channels, outputs = norm_.channels();
  const float* scale = gradient_scale(n, own);
  activate(pass, n, own);
  const int64_t d_row = rows_.padded_width() * outputs;
  float* inside = bordered_gradient(outputs, rows_.border, own);
  for (int y = 0; y < rows_.height; ++y)
    norm_.raw_gradient(pass, n, scale, int64_t{y} * rows_.width, rows_.width, inside + y * d_row);
  float* in = own.back.data();
  float* products = own.transformed.data();
  transform_image(own.image.data(), inputs, in);
  winograd(Winograd::kGradient, tiles_.taps, inside, tiles_.map(outputs, d_row), products,
           tiles_.transformed(tiles_.rows, outputs), tiles_.tiles(false, outputs));
  for (int64_t p = 0; p < tiles_.points; ++p)
    for (int64_t i = 0; i < tiles_.groups; ++i, weights += inputs * padded(outputs))
      kernels::matmul_transposed(in + (p * tiles_.in_rows + i * tiles_.group_rows) * inputs, inputs,
                                 products + p * tiles_.rows * outputs, outputs, tiles_.rows, inputs,
                                 outputs, weights, &own.ahead);
  if (!input_.wants_gradient()) return;
  transform_image(own.products.data(), outputs, in);
  multiply_points(in, outputs, backward_, inputs, products, own.ahead);
  float* back = own.products.data();  // in the place of d
  winograd(Winograd::kOutput, tiles_.taps, products, tiles_.transformed(tiles_.rows, inputs), back,
           tiles_.map(inputs, rows_.width * inputs), tiles_.tiles(false, inputs));
  const View<float> from = input_.values(pass), into = input_.gradient(pass);
  kernels::unpad(back, inputs, rows_.in.height, rows_.in.width, rows_.in.channels, from.at(n),
                 from.stride, input_.affine(), input_.relu(), {}, into.at(n), into.stride,
                 input_.gradient_adds());
  sum_pending(pass, n, into, 0, plan::pixels(rows_.in));
}

void WinogradConvolution::finish_backward(const PassContext<float>& pass, const float* weights) {
  const int64_t tap = rows_.in.channels * padded(norm_.channels());
  AlignedFloats taps(static_cast<size_t>(tiles_.groups * tiles_.taps * tap));
  winograd(Winograd::kWeightGradient, tiles_.taps, weights, {tiles_.groups * tap, tap}, taps.data(),
           {tap, tiles_.taps * tap}, {tiles_.groups, 1, 1, tap});
  ImageConvolution<float>::finish_backward(pass, taps.data());
}

}  // namespace nasnet::fused
