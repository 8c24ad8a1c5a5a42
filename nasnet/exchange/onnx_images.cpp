#include <algorithm>
#include <cmath>

#include "nasnet/exchange/onnx_operators.h"

// Operators that give images another size without computing values.

namespace nasnet::exchange::onnx_operators {

OnnxTensor pad(const OnnxCall& call) {
  const OnnxTensor& x = call.image(0);
  const std::vector<int64_t>& by = call.places(1);
  if (by.size() != 8 || by[0] || by[1] || by[4] || by[5] || call.inputs() > 2)
    call.fail("only rows and columns are padded here, with zeros");
  for (const int64_t edge : by)
    // ONNX cuts where a place is negative, which no export does; the bound keeps sums from
    // overflowing.
    if (edge < 0 || edge > 1 << 16) call.fail("its places are out of range");
  const int64_t rows = x.shape[2], columns = x.shape[3];
  OnnxTensor y = call.make({x.shape[0], x.shape[1], rows + by[2] + by[6], columns + by[3] + by[7]});
  for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane)
    for (int64_t r = 0; r < rows; ++r)
      std::copy_n(x.floats.data() + (plane * rows + r) * columns, columns,
                  y.floats.data() + (plane * y.shape[2] + r + by[2]) * y.shape[3] + by[3]);
  return y;
}

OnnxTensor resize(const OnnxCall& call) {
  const OnnxTensor& x = call.image(0);
  if (call.text("mode", "nearest") != "nearest" ||
      call.text("coordinate_transformation_mode", "half_pixel") != "asymmetric" ||
      call.text("nearest_mode", "round_prefer_floor") != "floor" || call.has(1) || call.has(3))
    call.fail("only the nearest pixel above and to the left is taken here");
  const std::vector<float>& scales = call.channels(2, 4);
  std::vector<int64_t> shape;
  for (size_t k = 0; k < 4; ++k) {
    if (!(scales[k] >= 1 && scales[k] <= 1 << 16) || (k < 2 && scales[k] != 1))
      call.fail("its scales are out of range");
    shape.push_back(
        static_cast<int64_t>(std::floor(static_cast<double>(x.shape[k]) * double{scales[k]})));
  }
  OnnxTensor y = call.make(shape);
  const auto source = [&](size_t axis, int64_t place) {
    const double at = std::floor(static_cast<double>(place) / double{scales[axis]});
    return std::min(static_cast<int64_t>(at), x.shape[axis] - 1);
  };
  float* out = y.floats.data();
  for (int64_t plane = 0; plane < shape[0] * shape[1]; ++plane)
    for (int64_t r = 0; r < shape[2]; ++r)
      for (int64_t c = 0; c < shape[3]; ++c)
        *out++ = x.floats[(plane * x.shape[2] + source(2, r)) * x.shape[3] + source(3, c)];
  return y;
}

}  // namespace nasnet::exchange::onnx_operators
