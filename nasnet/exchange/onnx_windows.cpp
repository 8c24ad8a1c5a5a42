#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/base/check.h"
#include "nasnet/exchange/onnx_operators.h"

// GCC compiles a function for several generations of processors, and the program's start chooses.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define NASNET_EVERY_PROCESSOR \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3")))
#else
#define NASNET_EVERY_PROCESSOR
#endif

// Convolutions and pools, plane by plane, with the window's cells outside and a row's pixels
// inside: this order alone makes the oracle fast enough for large networks, as compilers turn the
// innermost loop into vectors.

namespace nasnet::exchange::onnx_operators {
namespace {

/// out[i] += factor * in[i * stride]
NASNET_EVERY_PROCESSOR
void accumulate(float* out, const float* in, float factor, int64_t count, int64_t stride) {
  if (stride == 1) {
    for (int64_t i = 0; i < count; ++i) out[i] += factor * in[i];
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] += factor * in[i * stride];
  }
}

/// Adds one input channel's share to one output channel.
void add_plane(const OnnxTensor& x, const OnnxTensor& w, const OnnxWindow& by,
               std::pair<int64_t, int64_t> out, int64_t n, int64_t o, int64_t i, int64_t channel,
               OnnxTensor& y) {
  const auto [height, width] = out;
  NASNET_DCHECK(channel < x.shape[1] && o < y.shape[1] && i < w.shape[1]);
  const int64_t rows = x.shape[2], columns = x.shape[3];
  const float* in = x.floats.data() + (n * x.shape[1] + channel) * rows * columns;
  float* result = y.floats.data() + (n * y.shape[1] + o) * height * width;
  const float* kernel = w.floats.data() + (o * w.shape[1] + i) * by.kernel[0] * by.kernel[1];
  // Most of a network's work: the whole plane at once.
  if (by.kernel[0] == 1 && by.kernel[1] == 1 && rows == height && columns == width) {
    accumulate(result, in, kernel[0], rows * columns, 1);
    return;
  }
  for (int64_t r = 0; r < by.kernel[0]; ++r)
    for (int64_t s = 0; s < by.kernel[1]; ++s) {
      // Columns of the result whose window's cell s lies within the image.
      const int64_t shift = s * by.dilation[1] - by.begin[1];
      const int64_t first = shift >= 0 ? 0 : (-shift + by.stride[1] - 1) / by.stride[1];
      const int64_t last = std::min(width, (columns - shift + by.stride[1] - 1) / by.stride[1]);
      if (columns - shift <= 0 || first >= last) continue;
      // Rows outside of the image are zeros and add nothing.
      for (int64_t y_row = 0; y_row < height; ++y_row) {
        const int64_t row = y_row * by.stride[0] - by.begin[0] + r * by.dilation[0];
        if (row < 0 || row >= rows) continue;
        accumulate(result + y_row * width + first,
                   in + row * columns + first * by.stride[1] + shift, kernel[r * by.kernel[1] + s],
                   last - first, by.stride[1]);
      }
    }
}

OnnxTensor pool(const OnnxCall& call, bool maximum) {
  const OnnxTensor& x = call.image(0);
  const OnnxWindow by = call.window(x.shape[2], x.shape[3]);
  const bool count_padding = call.integer("count_include_pad", 0) != 0;
  const int64_t rows = x.shape[2], columns = x.shape[3];
  const int64_t height = by.output(0, rows), width = by.output(1, columns);
  if (height < 1 || width < 1) call.fail("its input is smaller than its window");
  OnnxTensor y = call.make({x.shape[0], x.shape[1], height, width});
  float* out = y.floats.data();
  for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane) {
    const float* in = x.floats.data() + plane * rows * columns;
    for (int64_t r = 0; r < height; ++r)
      for (int64_t c = 0; c < width; ++c) {
        const int64_t top = r * by.stride[0] - by.begin[0], left = c * by.stride[1] - by.begin[1];
        float sum = 0, largest = -std::numeric_limits<float>::infinity();
        int64_t seen = 0;
        for (int64_t row = std::max<int64_t>(top, 0); row < std::min(top + by.kernel[0], rows);
             ++row)
          for (int64_t column = std::max<int64_t>(left, 0);
               column < std::min(left + by.kernel[1], columns); ++column) {
            const float value = in[row * columns + column];
            sum += value;
            if (value > largest || std::isnan(value)) largest = value;
            ++seen;
          }
        // An average is that of the cells within the image, unless padding counts.
        const int64_t divisor = count_padding ? by.kernel[0] * by.kernel[1] : seen;
        *out++ = maximum ? largest : sum / static_cast<float>(divisor);
      }
  }
  return y;
}

}  // namespace

OnnxTensor average_pool(const OnnxCall& call) {
  return pool(call, false);
}

OnnxTensor max_pool(const OnnxCall& call) {
  return pool(call, true);
}

OnnxTensor convolution(const OnnxCall& call) {
  const OnnxTensor& x = call.image(0);
  const OnnxTensor& w = call.image(1);
  const OnnxWindow by = call.window(x.shape[2], x.shape[3]);
  const int64_t group = call.integer("group", 1);
  const int64_t outputs = w.shape[0], inner = w.shape[1];
  if (group < 1 || outputs % group != 0 || inner * group != x.shape[1] ||
      w.shape[2] != by.kernel[0] || w.shape[3] != by.kernel[1])
    call.fail("its weights do not fit its input");
  const int64_t height = by.output(0, x.shape[2]), width = by.output(1, x.shape[3]);
  if (height < 1 || width < 1) call.fail("its input is smaller than its window");
  OnnxTensor y = call.make({x.shape[0], outputs, height, width});
  if (call.inputs() > 2) {
    const std::vector<float>& bias = call.channels(2, outputs);
    for (int64_t n = 0; n < x.shape[0]; ++n)
      for (int64_t o = 0; o < outputs; ++o)
        std::fill_n(&y.floats[(n * outputs + o) * height * width], height * width, bias[o]);
  }
  for (int64_t n = 0; n < x.shape[0]; ++n)
    for (int64_t o = 0; o < outputs; ++o)
      // Channel i of the output's group.
      for (int64_t i = 0; i < inner; ++i)
        add_plane(x, w, by, {height, width}, n, o, i, o / (outputs / group) * inner + i, y);
  return y;
}

}  // namespace nasnet::exchange::onnx_operators
