#include <cmath>
#include <iterator>

#include "nasnet/exchange/onnx_evaluator.h"

// Operators that compute with values. Sums over many of them are taken in double precision, so that
// a check of an export measures the export's rounding and not the oracle's.

namespace nasnet::exchange {

OnnxValue OnnxEvaluator::batch_norm() {
  OnnxValue x = image(0);
  const int64_t count = x.shape[1], pixels = x.shape[2] * x.shape[3];
  const std::vector<float>& scale = channels(1, count);
  const std::vector<float>& shift = channels(2, count);
  const std::vector<float>& mean = channels(3, count);
  const std::vector<float>& variance = channels(4, count);
  const float epsilon = real("epsilon", 1e-5f);
  for (int64_t plane = 0; plane < x.shape[0] * count; ++plane) {
    // Planes are images times channels: the channel comes round.
    const int64_t c = plane % count;
    const float factor = scale[c] / std::sqrt(variance[c] + epsilon);
    float* data = x.data.data() + plane * pixels;
    for (int64_t i = 0; i < pixels; ++i) data[i] = (data[i] - mean[c]) * factor + shift[c];
  }
  return x;
}

OnnxValue OnnxEvaluator::instance_norm() {
  OnnxValue x = input(0);
  if (x.shape.size() < 3) fail("its input has no pixels");
  const int64_t count = x.shape[1];
  const std::vector<float>& scale = channels(1, count);
  const std::vector<float>& shift = channels(2, count);
  const float epsilon = real("epsilon", 1e-5f);
  const int64_t planes = x.shape[0] * count;
  // Without images or channels there is nothing to divide by.
  const int64_t pixels = planes > 0 ? static_cast<int64_t>(x.data.size()) / planes : 0;
  for (int64_t plane = 0; plane < planes; ++plane) {
    float* data = x.data.data() + plane * pixels;
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

OnnxValue OnnxEvaluator::combine(float (*function)(float, float)) {
  OnnxValue a = input(0);
  const OnnxValue& b = input(1);
  if (a.shape == b.shape) {
    for (size_t i = 0; i < a.data.size(); ++i) a.data[i] = function(a.data[i], b.data[i]);
  } else if (a.shape.size() == 4 && b.shape == std::vector<int64_t>{a.shape[1], 1, 1}) {
    // ONNX broadcasts more than this; exports need no more.
    const int64_t pixels = a.shape[2] * a.shape[3];
    for (size_t i = 0; i < a.data.size(); ++i)
      a.data[i] = function(a.data[i], b.data[static_cast<int64_t>(i) / pixels % a.shape[1]]);
  } else {
    fail("its inputs are of different shapes");
  }
  return a;
}

OnnxValue OnnxEvaluator::global_pool() {
  const OnnxValue& x = image(0);
  const int64_t pixels = x.shape[2] * x.shape[3];
  OnnxValue y = make({x.shape[0], x.shape[1], 1, 1});
  for (int64_t plane = 0; plane < std::ssize(y.data); ++plane) {
    double sum = 0;
    for (int64_t i = 0; i < pixels; ++i) sum += x.data[plane * pixels + i];
    y.data[plane] = static_cast<float>(sum / static_cast<double>(pixels));
  }
  return y;
}

OnnxValue OnnxEvaluator::gemm() {
  const OnnxValue& x = input(0);
  const OnnxValue& w = input(1);
  // Refused rather than computed in a way that no test has seen.
  if (integer("transB", 0) != 1 || integer("transA", 0) != 0 || real("alpha", 1) != 1 ||
      real("beta", 1) != 1 || x.shape.size() != 2 || w.shape.size() != 2 ||
      x.shape[1] != w.shape[1])
    fail("only x w^T + b is computed here");
  const int64_t inner = x.shape[1], outputs = w.shape[0];
  const std::vector<float>& bias = channels(2, outputs);
  OnnxValue y = make({x.shape[0], outputs});
  for (int64_t n = 0; n < x.shape[0]; ++n)
    for (int64_t o = 0; o < outputs; ++o) {
      double sum = bias[o];
      for (int64_t k = 0; k < inner; ++k)
        sum += static_cast<double>(x.data[n * inner + k]) * w.data[o * inner + k];
      y.data[n * outputs + o] = static_cast<float>(sum);
    }
  return y;
}

}  // namespace nasnet::exchange
