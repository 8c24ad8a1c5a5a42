// Sums in doubles, value by value.

#include "nasnet/kernels/channel_sums.h"

namespace nasnet::kernels::reference {

void channel_sums(Pixels<const float> x, Size size, CenteredSums sums) {
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c) {
      const double value = double{x.from_pixel(p).data[c]} - sums.origin[c];
      sums.sum[c] += value;
      sums.product[c] += value * value;
    }
}

void gradient_sums(Backward<float> from, Size size, CenteredSums sums) {
  for (int64_t p = 0; p < size.pixels(); ++p)
    for (int64_t c = 0; c < size.channels; ++c) {
      const double gradient = from.d.from_pixel(p).data[c];
      sums.sum[c] += gradient;
      sums.product[c] += gradient * (double{from.x.from_pixel(p).data[c]} - sums.origin[c]);
    }
}

}  // namespace nasnet::kernels::reference
