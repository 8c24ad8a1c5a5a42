#include <algorithm>
#include <cmath>
#include <iterator>

#include "nasnet/exchange/onnx_operators.h"
#include "nasnet/exchange/onnx_view.h"

// Operators that compute with values. Sums over many of them are taken in double precision, so that
// a check of an export measures the export's rounding and not the oracle's.

namespace nasnet::exchange::onnx_operators {
namespace {

/// In several sums side by side, which compilers turn into vectors.
double dot(const float* a, const float* b, int64_t count) {
  constexpr int64_t kSums = 8;
  double sums[kSums] = {}, rest = 0;
  int64_t k = 0;
  for (; k + kSums <= count; k += kSums)
    for (int64_t i = 0; i < kSums; ++i) sums[i] += double{a[k + i]} * b[k + i];
  for (; k < count; ++k) rest += double{a[k]} * b[k];
  for (const double sum : sums) rest += sum;
  return rest;
}

}  // namespace

OnnxTensor batch_norm(const OnnxCall& call) {
  OnnxTensor x = call.image(0);
  const int64_t count = x.shape[1], pixels = x.shape[2] * x.shape[3];
  const std::vector<float>& scale = call.channels(1, count);
  const std::vector<float>& shift = call.channels(2, count);
  const std::vector<float>& mean = call.channels(3, count);
  const std::vector<float>& variance = call.channels(4, count);
  const float epsilon = call.real("epsilon", 1e-5f);
  for (int64_t plane = 0; plane < x.shape[0] * count; ++plane) {
    // Planes are images times channels: the channel comes round.
    const int64_t c = plane % count;
    const float factor = scale[c] / std::sqrt(variance[c] + epsilon);
    float* data = x.floats.data() + plane * pixels;
    for (int64_t i = 0; i < pixels; ++i) data[i] = (data[i] - mean[c]) * factor + shift[c];
  }
  return x;
}

OnnxTensor instance_norm(const OnnxCall& call) {
  OnnxTensor x = call.input(0);
  if (x.shape.size() < 3) call.fail("its input has no pixels");
  const int64_t count = x.shape[1];
  const std::vector<float>& scale = call.channels(1, count);
  const std::vector<float>& shift = call.channels(2, count);
  const float epsilon = call.real("epsilon", 1e-5f);
  const int64_t planes = x.shape[0] * count;
  // Without images or channels there is nothing to divide by.
  const int64_t pixels = planes > 0 ? static_cast<int64_t>(x.floats.size()) / planes : 0;
  for (int64_t plane = 0; plane < planes; ++plane) {
    float* data = x.floats.data() + plane * pixels;
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < pixels; ++i) sum += data[i];
    const double mean = sum / static_cast<double>(pixels);
    for (int64_t i = 0; i < pixels; ++i) squares += (data[i] - mean) * (data[i] - mean);
    const int64_t c = plane % count;
    const double factor =
        scale[c] / std::sqrt(squares / static_cast<double>(pixels) + static_cast<double>(epsilon));
    for (int64_t i = 0; i < pixels; ++i)
      data[i] = static_cast<float>((data[i] - mean) * factor + shift[c]);
  }
  return x;
}

OnnxTensor global_pool(const OnnxCall& call) {
  const OnnxTensor& x = call.image(0);
  const int64_t pixels = x.shape[2] * x.shape[3];
  OnnxTensor y = call.make({x.shape[0], x.shape[1], 1, 1});
  for (int64_t plane = 0; plane < std::ssize(y.floats); ++plane) {
    double sum = 0;
    for (int64_t i = 0; i < pixels; ++i) sum += x.floats[plane * pixels + i];
    y.floats[plane] = static_cast<float>(sum / static_cast<double>(pixels));
  }
  return y;
}

OnnxTensor gemm(const OnnxCall& call) {
  const OnnxTensor &x = call.reals(0), &w = call.reals(1);
  // Refused rather than computed in a way that no test has seen.
  if (call.integer("transB", 0) != 1 || call.integer("transA", 0) != 0 ||
      call.real("alpha", 1) != 1 || call.real("beta", 1) != 1 || x.shape.size() != 2 ||
      w.shape.size() != 2 || x.shape[1] != w.shape[1])
    call.fail("only x w^T + b is computed here");
  const int64_t inner = x.shape[1], outputs = w.shape[0];
  const std::vector<float> none(static_cast<size_t>(outputs));
  const std::vector<float>& bias = call.has(2) ? call.channels(2, outputs) : none;
  OnnxTensor y = call.make({x.shape[0], outputs});
  for (int64_t n = 0; n < x.shape[0]; ++n)
    for (int64_t o = 0; o < outputs; ++o)
      y.floats[n * outputs + o] = static_cast<float>(
          bias[o] + dot(x.floats.data() + n * inner, w.floats.data() + o * inner, inner));
  return y;
}

OnnxTensor matmul(const OnnxCall& call) {
  const OnnxTensor &a = call.reals(0), &b = call.reals(1);
  if (a.shape.size() < 2 || a.shape.size() != b.shape.size())
    call.fail("only matrices, or as many of them, are multiplied here");
  const size_t outer = a.shape.size() - 2;
  const int64_t rows = a.shape[outer], inner = a.shape[outer + 1], columns = b.shape[outer + 1];
  if (b.shape[outer] != inner) call.fail("its inputs do not fit each other");
  // Matrices that one of both has only one of serve all of the other's.
  const auto matrices = [&](const OnnxTensor& x) {
    return OnnxTensor{{x.shape.begin(), x.shape.end() - 2}, {}, {}, false};
  };
  const OnnxTensor of_a = matrices(a), of_b = matrices(b);
  std::vector<int64_t> shape = broadcast_shape(call, {&of_a, &of_b});
  const std::array<OnnxView, 2> views = {broadcast(call, of_a.shape, shape),
                                         broadcast(call, of_b.shape, shape)};
  const std::vector<int64_t> count = shape;
  shape.insert(shape.end(), {rows, columns});
  OnnxTensor y = call.make(shape);
  float* out = y.floats.data();
  std::vector<double> sums(static_cast<size_t>(columns));
  for_each_value<2>(count, views, [&](const auto& at) {
    for (int64_t r = 0; r < rows; ++r) {
      std::fill(sums.begin(), sums.end(), 0);
      for (int64_t k = 0; k < inner; ++k) {
        const double factor = a.floats[(at[0] * rows + r) * inner + k];
        const float* row = b.floats.data() + (at[1] * inner + k) * columns;
        for (int64_t c = 0; c < columns; ++c) sums[c] += factor * row[c];
      }
      out = std::copy(sums.begin(), sums.end(), out);
    }
  });
  return y;
}

OnnxTensor softmax(const OnnxCall& call) {
  OnnxTensor y = call.reals(0);
  if (y.shape.empty() || call.axis(-1, y.shape.size()) != y.shape.size() - 1)
    call.fail("only the last axis is taken here");
  const int64_t classes = y.shape.back();
  for (auto row = y.floats.begin(); row != y.floats.end(); row += classes) {
    const double largest = *std::max_element(row, row + classes);
    double sum = 0;
    for (int64_t c = 0; c < classes; ++c) sum += std::exp(row[c] - largest);
    for (int64_t c = 0; c < classes; ++c)
      row[c] = static_cast<float>(std::exp(row[c] - largest) / sum);
  }
  return y;
}

}  // namespace nasnet::exchange::onnx_operators
