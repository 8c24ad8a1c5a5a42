#include "nasnet/fused/patches_convolution.h"

#include <algorithm>

#include "nasnet/kernels/patches.h"

namespace nasnet::fused {

using kernels::Bf16;

/// The windows of result rows [first, first + count).
Matrix<Bf16> PatchesConvolution::band(int half, int first, int count, Scratch<Bf16>& own) const {
  const int64_t inner = kernels::inner_stride<Bf16>(rows_.inner);
  Bf16* out = own.rows.data();
  kernels::gather_patches(own.image.data() + rows_.half_offset(half), rows_.in.channels,
                          rows_.patch, int64_t{first} * rows_.width, int64_t{count} * rows_.width,
                          out, inner);
  end_pairs(out, int64_t{count} * rows_.width, rows_.inner);
  return {out, inner};
}

void PatchesConvolution::multiply(int half, int first, int count, Scratch<Bf16>& own, Bf16* out,
                                  int64_t out_stride, const kernels::Finish<Bf16>& finish) const {
  const PackedConvolution<Bf16>& weights = weights_.packed[half];
  const Matrix<Bf16> a = band(half, first, count, own);
  kernels::matmul(a.data, a.stride, int64_t{count} * rows_.width, rows_.inner,
                  weights.forward.data(), weights.outputs, out, out_stride, finish);
}

void PatchesConvolution::backward(const PassContext<Bf16>& pass, int64_t n, Scratch<Bf16>& own,
                                  float* weights) {
  const int channels = rows_.in.channels;
  const float* scale = gradient_scale(n, own);
  activate(pass, n, own);
  float* back = own.back.data();
  std::fill_n(back, rows_.padded_pixels() * channels, 0.0f);
  const int64_t d_stride = kernels::inner_stride<Bf16>(norm_.channels());
  for (int first = 0; first < rows_.height; first += rows_.band()) {
    const int count = std::min(rows_.band(), rows_.height - first);
    const int64_t begin = int64_t{first} * rows_.width, size = int64_t{count} * rows_.width;
    Bf16* d = own.gradient.data();
    norm_.raw_gradient(pass, n, scale, begin, size, d);
    float* gradients = weights;
    for (int half = 0; half < halves(); ++half) {
      const PackedConvolution<Bf16>& packed = weights_.packed[half];
      const Matrix<Bf16> a = band(half, first, count, own);
      kernels::matmul_transposed(a.data, a.stride, d, d_stride, size, rows_.inner, packed.outputs,
                                 gradients, &own.ahead);
      if (input_.wants_gradient()) {
        float* products = own.products.data();
        kernels::matmul(d, d_stride, size, packed.outputs, packed.backward.data(), rows_.inner,
                        products, rows_.inner, kernels::Finish<float>{.ahead = &own.ahead});
        kernels::scatter_patches(products, rows_.inner, rows_.patch, begin, size,
                                 back + rows_.half_offset(half), channels);
      }
      gradients += packed.gradient_size();
      d += packed.outputs;
    }
  }
  if (!input_.wants_gradient()) return;
  const View<Bf16> from = input_.values(pass), into = input_.gradient(pass);
  kernels::unpad(back, channels, rows_.in.height, rows_.in.width, channels, from.at(n), from.stride,
                 input_.affine(), input_.relu(), rows_.border, into.at(n), into.stride,
                 input_.gradient_adds());
  sum_pending(pass, n, into, 0, plan::pixels(rows_.in));
}

}  // namespace nasnet::fused
