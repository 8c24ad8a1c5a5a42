// The formulas of activation.h, value by value: the oracle of the kernels, here and in the other
// files of this name.

#include <algorithm>

#include "nasnet/kernels/activation.h"

namespace nasnet::kernels::reference {
namespace {

float transformed(float x, const Affine& affine, int64_t channel) {
  return affine ? affine.scale[channel] * x + affine.shift[channel] : x;
}

/// Calls take(row, column, channel).
template <class Take>
void for_each_value(const Size& size, Take take) {
  for (int64_t y = 0; y < size.height; ++y)
    for (int64_t x = 0; x < size.width; ++x)
      for (int64_t c = 0; c < size.channels; ++c) take(y, x, c);
}

template <class T>
T& at(const Pixels<T>& map, const Size& size, int64_t y, int64_t x, int64_t c) {
  return map.data[y * map.row_step(size.width) + x * map.stride + c];
}

}  // namespace

void activate(Pixels<const float> in, Size size, Activation activation, Pixels<float> out) {
  for_each_value(size, [&](int64_t y, int64_t x, int64_t c) {
    const float value = transformed(at(in, size, y, x, c), activation.affine, c);
    const bool cut = activation.relu && value < 0;  // NaN stays
    at(out, size, y, x, c) = cut ? 0 : value;
  });
}

void activate_gradient(Backward<float> from, Size size, Activation activation,
                       Pixels<float> gradient, Write write) {
  for_each_value(size, [&](int64_t y, int64_t x, int64_t c) {
    const float value = transformed(at(from.x, size, y, x, c), activation.affine, c);
    const bool passed = !activation.relu || !(value <= 0);
    write_value(passed ? at(from.d, size, y, x, c) : 0.0f, write, at(gradient, size, y, x, c));
  });
}

void pad(Pixels<const float> in, Size size, Activation activation, const Border& border,
         Pixels<float> out) {
  const int64_t whole = (size.height + border.down()) * (size.width + border.across());
  for (int64_t p = 0; p < whole; ++p) std::fill_n(out.from_pixel(p).data, size.channels, 0.0f);
  reference::activate(in, size, activation, inside(out, border, size.width));
}

}  // namespace nasnet::kernels::reference
