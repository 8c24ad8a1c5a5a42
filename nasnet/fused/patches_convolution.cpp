// As WindowsConvolution, with the windows copied to rows first.

#include "nasnet/fused/patches_convolution.h"

#include <algorithm>

#include "nasnet/kernels/patches.h"

namespace nasnet::fused {

using kernels::Bf16;

/// The windows of some result rows, copied: rows of the matrix.
kernels::Pixels<const Bf16> PatchesConvolution::windows(int half, const plan::Band& band,
                                                        Scratch<Bf16>& own) const {
  const kernels::PixelRange pixels = rows_.pixels_of(band);
  const kernels::Pixels out = {own.rows.data(), kernels::inner_stride<Bf16>(rows_.inner)};
  kernels::gather_patches({own.image.data() + rows_.half_offset(half), rows_.in.channels},
                          rows_.patch, pixels, out);
  end_pairs(out, pixels.count, rows_.inner);
  return out;
}

void PatchesConvolution::multiply(int half, const plan::Band& band, Scratch<Bf16>& own,
                                  kernels::Pixels<Bf16> out,
                                  const kernels::Finish<Bf16>& finish) const {
  const PackedConvolution<Bf16>& weights = weights_.packed[half];
  kernels::matmul(
      windows(half, band, own), weights.forward.data(),
      {.rows = rows_.pixels_of(band).count, .inner = rows_.inner, .columns = weights.outputs}, out,
      finish);
}

void PatchesConvolution::backward(const PassContext<Bf16>& pass, int64_t n, Scratch<Bf16>& own,
                                  float* weights) {
  const int channels = rows_.in.channels;
  const float* scale = gradient_scale(n, own);
  activate(pass, n, own);
  float* const back = own.back.data();
  // Windows overlap, so that their gradients are added up, over the border, too.
  std::fill_n(back, rows_.padded_pixels() * channels, 0.0f);
  const kernels::Pixels all = {own.gradient.data(), kernels::inner_stride<Bf16>(norm_.channels())};
  rows_.for_bands(rows_.all_rows(), [&](const plan::Band& band) {
    const kernels::PixelRange pixels = rows_.pixels_of(band);
    norm_.raw_gradient(pass, n, scale, pixels, all);
    // The halves of a reduction lie side by side in d, and behind each other in the weights.
    float* gradients = weights;
    kernels::Pixels<const Bf16> d = all;
    for (int half = 0; half < halves(); ++half) {
      const PackedConvolution<Bf16>& packed = weights_.packed[half];
      kernels::matmul_transposed(
          {.d = d, .x = windows(half, band, own)},
          {.rows = pixels.count, .inner = rows_.inner, .columns = packed.outputs}, gradients,
          &own.ahead);
      if (input_.wants_gradient()) {
        const kernels::Pixels products = {own.products.data(), rows_.inner};
        kernels::matmul(d, packed.backward.data(),
                        {.rows = pixels.count, .inner = packed.outputs, .columns = rows_.inner},
                        products, {.ahead = &own.ahead});
        kernels::scatter_patches(products, rows_.patch, pixels,
                                 {back + rows_.half_offset(half), channels});
      }
      gradients += packed.gradient_size();
      d = d.from_channel(packed.outputs);
    }
  });
  if (!input_.wants_gradient()) return;
  kernels::activate_gradient({.d = rows_.inside(back), .x = input_.values(pass).at(n)},
                             input_.size(), input_.activation(), input_.gradient(pass).at(n),
                             input_.gradient_write());
  sum_pending(pass, n, {0, plan::pixels(rows_.in)});
}

}  // namespace nasnet::fused
