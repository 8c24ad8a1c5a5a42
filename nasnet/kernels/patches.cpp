// Windows to rows and back, for bf16 only: its products want pairs of values side by side, which a
// map does not have. Floats multiply straight from the image (Taps).

#include "nasnet/kernels/patches.h"

namespace nasnet::kernels {
namespace {

/// Calls take(row, offset of the window's cell in it, the cell's pixel of the padded image).
template <class T, class Take>
void for_each_cell(const Pixels<T>& image, const PatchShape& shape, PixelRange pixels, Take take) {
  NASNET_CHECK(pixels.first >= 0 && shape.out_width > 0 && shape.padded_width >= shape.out_width);
  for (int64_t k = 0; k < pixels.count; ++k) {
    const int64_t row = (pixels.first + k) / shape.out_width * shape.stride_height;
    const int64_t column = (pixels.first + k) % shape.out_width * shape.stride_width;
    int64_t cell = 0;
    for (int i = 0; i < shape.kernel_height; ++i)
      for (int j = 0; j < shape.kernel_width; ++j, cell += shape.channels) {
        const int64_t y = row + i * shape.dilation, x = column + j * shape.dilation;
        NASNET_DCHECK(x < shape.padded_width, "a window lies in its rows");
        take(k, cell, image.data + y * image.row_step(shape.padded_width) + x * image.stride);
      }
  }
}

}  // namespace

void gather_patches(Pixels<const float> in, const PatchShape& shape, PixelRange pixels,
                    Pixels<Bf16> out) {
  for_each_cell(in, shape, pixels, [&](int64_t row, int64_t cell, const float* pixel) {
    Bf16* place = out.from_pixel(row).data + cell;
    for (int c = 0; c < shape.channels; ++c) place[c] = Bf16(pixel[c]);
  });
}

void scatter_patches(Pixels<const float> d, const PatchShape& shape, PixelRange pixels,
                     Pixels<float> gradient) {
  for_each_cell(gradient, shape, pixels, [&](int64_t row, int64_t cell, float* pixel) {
    const float* source = d.from_pixel(row).data + cell;
    for (int c = 0; c < shape.channels; ++c) pixel[c] += source[c];
  });
}

}  // namespace nasnet::kernels
