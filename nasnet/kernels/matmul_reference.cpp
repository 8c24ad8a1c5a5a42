// Products in doubles, result by result.

#include "nasnet/kernels/matmul.h"

namespace nasnet::kernels::reference {

void matmul(Pixels<const float> a, const float* b, const Product& size, Pixels<float> c,
            const Finish<float>& finish) {
  const Tap whole;
  reference::matmul(a, {.first = &whole, .count = 1, .length = size.inner}, b, size, c, finish);
}

void matmul(Pixels<const float> a, const Taps& taps, const float* b, const Product& size,
            Pixels<float> c, const Finish<float>& finish) {
  for (int64_t r = 0; r < size.rows; ++r)
    for (int64_t k = 0; k < size.columns; ++k) {
      double sum = 0;
      for (int64_t t = 0; t < taps.count; ++t)
        for (int64_t i = 0; i < taps.length; ++i)
          sum += double{a.from_pixel(r).data[taps.first[t].offset + i]} *
                 b[(taps.first[t].row + i) * padded(size.columns) + k];
      // The order of a Finish: bias, ReLU, mask, and what is there already.
      if (finish.bias) sum += finish.bias[k];
      if (finish.relu && sum < 0) sum = 0;
      if (finish.mask && finish.mask.from_pixel(r).data[k] <= 0) sum = 0;
      float& place = c.from_pixel(r).data[k];
      if (finish.write == Write::kAdd) sum += place;
      place = static_cast<float>(sum);
    }
}

void matmul_transposed(Backward<float> from, const TransposedProduct& size, float* c) {
  const auto [d, x] = from;
  for (int64_t i = 0; i < size.inner; ++i)
    for (int64_t k = 0; k < size.columns; ++k) {
      float& place = c[i * padded(size.columns) + k];
      double sum = place;
      for (int64_t y = 0; y < size.lines; ++y)
        for (int64_t r = 0; r < size.rows; ++r)
          sum += double{x.data[y * x.row_step(size.rows) + r * x.stride + i]} *
                 d.data[y * d.row_step(size.rows) + r * d.stride + k];
      place = static_cast<float>(sum);
    }
}

}  // namespace nasnet::kernels::reference
