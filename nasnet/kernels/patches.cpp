#include "nasnet/kernels/patches.h"

namespace nasnet::kernels {
namespace {

/// Calls take(row, window cell's offset in floats within the row, address of its pixel).
template <class Data, class Take>
void for_each_cell(Data* image, int64_t stride, const PatchShape& shape, int64_t first,
                   int64_t count, Take take) {
  NASNET_CHECK(first >= 0 && shape.out_width > 0 && shape.padded_width >= shape.out_width);
  for (int64_t k = 0; k < count; ++k) {
    const int64_t row = (first + k) / shape.out_width * shape.stride_height;
    const int64_t column = (first + k) % shape.out_width * shape.stride_width;
    int64_t cell = 0;
    for (int i = 0; i < shape.kernel_height; ++i)
      for (int j = 0; j < shape.kernel_width; ++j, cell += shape.channels)
        take(k, cell,
             image +
                 ((row + i * shape.dilation) * shape.padded_width + column + j * shape.dilation) *
                     stride);
  }
}

}  // namespace

void gather_patches(const float* in, int64_t in_stride, const PatchShape& shape, int64_t first,
                    int64_t count, Bf16* out, int64_t out_stride) {
  for_each_cell(in, in_stride, shape, first, count,
                [&](int64_t k, int64_t cell, const float* pixel) {
                  Bf16* place = out + k * out_stride + cell;
                  for (int c = 0; c < shape.channels; ++c) place[c] = Bf16(pixel[c]);
                });
}

void scatter_patches(const float* d, int64_t d_stride, const PatchShape& shape, int64_t first,
                     int64_t count, float* gradient, int64_t gradient_stride) {
  for_each_cell(gradient, gradient_stride, shape, first, count,
                [&](int64_t k, int64_t cell, float* pixel) {
                  const float* source = d + k * d_stride + cell;
                  for (int c = 0; c < shape.channels; ++c) pixel[c] += source[c];
                });
}

}  // namespace nasnet::kernels
