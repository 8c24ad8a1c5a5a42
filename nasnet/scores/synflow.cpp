// Synflow in double precision: the product of weights along paths of a deep network leaves the
// range of floats.
//
// Without norms, with weights that are not negative and an image of ones, the sum of the logits
// R(w) grows in every weight, so that |w dR/dw| is w dR/dw, and the sum of it over all weights is
// the derivative of R(t w) by t at t = 1. Each value therefore carries its derivative by t forward:
// no way back is needed. A convolution of value x and derivative d has the derivative W (x + d).

#include <algorithm>
#include <cmath>

#include "nasnet/base/check.h"
#include "nasnet/graph/padding.h"
#include "nasnet/scores/untrained.h"

namespace nasnet::scores {
namespace {

using graph::Operator;
using graph::OperatorKind;
using graph::Shape;

/// Values of a map, [row][column][channel], and their derivatives.
struct Flow {
  std::vector<double> value, slope;

  explicit Flow(const Shape& shape) : value(shape.elements()), slope(shape.elements()) {}
  Flow() = default;
  /// Adds a channel's value of another one's, at places in both.
  void add(int64_t into, const Flow& other, int64_t from) {
    value[into] += other.value[from];
    slope[into] += other.slope[from];
  }
};

/// Calls take(pixel of the result, pixel read, tap) for all taps of all windows in the image,
/// result by result.
template <class Take>
void for_each_tap(const Operator& op, const Shape& in, Take take) {
  const graph::Padding top = graph::vertical_padding(op, in);
  const graph::Padding left = graph::horizontal_padding(op, in);
  for (int64_t y = 0; y < op.output.height; ++y)
    for (int64_t x = 0; x < op.output.width; ++x)
      for (int64_t ky = 0; ky < op.kernel_height; ++ky) {
        const int64_t row = y * op.stride_height - top.begin + ky * op.dilation;
        if (row < 0 || row >= in.height) continue;
        for (int64_t kx = 0; kx < op.kernel_width; ++kx) {
          const int64_t column = x * op.stride_width - left.begin + kx * op.dilation;
          if (column < 0 || column >= in.width) continue;
          take(y * op.output.width + x, row * in.width + column, ky * op.kernel_width + kx);
        }
      }
}

class Evaluation {
 public:
  explicit Evaluation(const Untrained& network)
      : network_(network), graph_(network.graph()), flows_(graph_.operators.size()) {}

  /// The derivative of the sum of the logits.
  double run() {
    std::vector<int> last(graph_.operators.size(), -1);  // readers
    for (int i = 0; i <= graph_.logits; ++i)
      for (const int input : op(i).inputs) last[input] = i;
    for (int i = 0; i <= graph_.logits; ++i) {
      flows_[i] = result(i);
      for (const int input : op(i).inputs)
        if (last[input] == i) flows_[input] = {};
      if (last[i] < 0 && i != graph_.logits) flows_[i] = {};
    }
    double sum = 0;
    for (const double slope : flows_[graph_.logits].slope) sum += slope;
    return sum;
  }

 private:
  const Operator& op(int index) const { return graph_.operators[index]; }
  const Shape& shape(int index) const { return op(index).output; }

  Flow result(int index) {
    const Operator& one = op(index);
    switch (one.kind) {
      case OperatorKind::kInput: {
        Flow ones(one.output);
        std::ranges::fill(ones.value, 1.0);
        return ones;
      }
      case OperatorKind::kRelu:  // nothing is negative
      case OperatorKind::kBatchNorm:
      case OperatorKind::kBias:
      case OperatorKind::kLayerNorm:
      case OperatorKind::kInstanceNorm:
      case OperatorKind::kDropPath:
      case OperatorKind::kDropout:
        return flows_[one.inputs[0]];
      case OperatorKind::kConv:
      case OperatorKind::kLinear:
        return convolution(one);
      case OperatorKind::kDepthwiseConv:
        return depthwise(one);
      case OperatorKind::kAvgPool:
        return average(one);
      case OperatorKind::kMaxPool:
        return maximum(one);
      case OperatorKind::kGlobalPool:
        return mean(one);
      case OperatorKind::kUpsample:
        return upsample(one);
      case OperatorKind::kSubsample:
        return subsample(one);
      case OperatorKind::kZero:
        return Flow(one.output);
      case OperatorKind::kAdd: {
        Flow sum = flows_[one.inputs[0]];
        for (int64_t i = 0; i < one.output.elements(); ++i) sum.add(i, flows_[one.inputs[1]], i);
        return sum;
      }
      case OperatorKind::kConcat:
        return concat(one);
      case OperatorKind::kSlice:
        return slice(one);
    }
    NASNET_CHECK(false, "all kinds of operators have a flow");
  }

  /// Absolute values of the operator's weights, row-major.
  std::vector<double> weights(const Operator& one) const {
    std::vector<double> result;
    for (const float weight : network_.parameters()[one.first_parameter].row_major())
      result.push_back(std::abs(static_cast<double>(weight)));
    return result;
  }

  Flow convolution(const Operator& one) const {
    const Shape& in = shape(one.inputs[0]);
    const Flow& x = flows_[one.inputs[0]];
    const int64_t inputs = in.channels, outputs = one.output.channels;
    const int64_t taps = int64_t{one.kernel_height} * one.kernel_width;
    const std::vector<double> given = weights(one);
    std::vector<double> packed(given.size());  // [tap][input][output]
    for (int64_t o = 0; o < outputs; ++o)
      for (int64_t c = 0; c < inputs; ++c)
        for (int64_t tap = 0; tap < taps; ++tap)
          packed[(tap * inputs + c) * outputs + o] = given[(o * inputs + c) * taps + tap];
    Flow result(one.output);
    for_each_tap(one, in, [&](int64_t into, int64_t from, int64_t tap) {
      double* const value = &result.value[into * outputs];
      double* const slope = &result.slope[into * outputs];
      for (int64_t c = 0; c < inputs; ++c) {
        const double a = x.value[from * inputs + c], b = a + x.slope[from * inputs + c];
        const double* const w = &packed[(tap * inputs + c) * outputs];
        for (int64_t o = 0; o < outputs; ++o) {
          value[o] += a * w[o];
          slope[o] += b * w[o];
        }
      }
    });
    return result;
  }

  Flow depthwise(const Operator& one) const {
    const Shape& in = shape(one.inputs[0]);
    const Flow& x = flows_[one.inputs[0]];
    const int64_t channels = in.channels;
    const int64_t taps = int64_t{one.kernel_height} * one.kernel_width;
    const std::vector<double> w = weights(one);
    Flow result(one.output);
    for_each_tap(one, in, [&](int64_t into, int64_t from, int64_t tap) {
      for (int64_t c = 0; c < channels; ++c) {
        const double a = x.value[from * channels + c], b = a + x.slope[from * channels + c];
        result.value[into * channels + c] += a * w[c * taps + tap];
        result.slope[into * channels + c] += b * w[c * taps + tap];
      }
    });
    return result;
  }

  Flow average(const Operator& one) const {
    const Shape& in = shape(one.inputs[0]);
    const int64_t channels = in.channels;
    Flow result(one.output);
    std::vector<int> cells(one.output.elements() / channels);
    for_each_tap(one, in, [&](int64_t into, int64_t from, int64_t) {
      ++cells[into];
      for (int64_t c = 0; c < channels; ++c)
        result.add(into * channels + c, flows_[one.inputs[0]], from * channels + c);
    });
    for (int64_t i = 0; i < one.output.elements(); ++i) {
      const int divisor = one.zeros ? one.kernel_height * one.kernel_width : cells[i / channels];
      result.value[i] /= divisor;
      result.slope[i] /= divisor;
    }
    return result;
  }

  /// The first of equal maxima passes on its derivative, as it takes the gradient in training.
  Flow maximum(const Operator& one) const {
    const Shape& in = shape(one.inputs[0]);
    const Flow& x = flows_[one.inputs[0]];
    const int64_t channels = in.channels;
    Flow result(one.output);
    std::ranges::fill(result.value, one.zeros ? 0.0 : -1.0);
    for_each_tap(one, in, [&](int64_t into, int64_t from, int64_t) {
      for (int64_t c = 0; c < channels; ++c) {
        const double value = x.value[from * channels + c];
        if (!(value > result.value[into * channels + c])) continue;
        result.value[into * channels + c] = value;
        result.slope[into * channels + c] = x.slope[from * channels + c];
      }
    });
    return result;
  }

  Flow mean(const Operator& one) const {
    const Shape& in = shape(one.inputs[0]);
    const int64_t channels = in.channels, pixels = in.elements() / channels;
    Flow result(one.output);
    for (int64_t i = 0; i < in.elements(); ++i) result.add(i % channels, flows_[one.inputs[0]], i);
    for (int64_t c = 0; c < channels; ++c) {
      result.value[c] /= static_cast<double>(pixels);
      result.slope[c] /= static_cast<double>(pixels);
    }
    return result;
  }

  /// A pixel of the result is one of the input, at the row and column of `source`, or nothing.
  template <class Source>
  Flow moved(const Operator& one, int64_t first_channel, Source source) const {
    const Shape& in = shape(one.inputs[0]);
    const int64_t channels = one.output.channels;
    Flow result(one.output);
    for (int64_t y = 0; y < one.output.height; ++y)
      for (int64_t x = 0; x < one.output.width; ++x) {
        const auto [row, column] = source(y, x);
        if (row >= in.height || column >= in.width) continue;
        const int64_t into = (y * one.output.width + x) * channels;
        const int64_t from = (row * in.width + column) * in.channels + first_channel;
        for (int64_t c = 0; c < channels; ++c)
          result.add(into + c, flows_[one.inputs[0]], from + c);
      }
    return result;
  }

  Flow upsample(const Operator& one) const {
    const Shape& in = shape(one.inputs[0]);
    return moved(one, 0, [&](int64_t y, int64_t x) {
      return std::pair{y * in.height / one.output.height, x * in.width / one.output.width};
    });
  }

  Flow subsample(const Operator& one) const {
    return moved(one, 0, [&](int64_t y, int64_t x) {
      return std::pair{2 * y + one.offset, 2 * x + one.offset};
    });
  }

  Flow slice(const Operator& one) const {
    return moved(one, one.first_channel, [](int64_t y, int64_t x) { return std::pair{y, x}; });
  }

  Flow concat(const Operator& one) const {
    Flow result(one.output);
    int64_t first = 0;
    for (const int input : one.inputs) {
      const int64_t channels = shape(input).channels;
      for (int64_t i = 0; i < shape(input).elements(); ++i)
        result.add(i / channels * one.output.channels + first + i % channels, flows_[input], i);
      first += channels;
    }
    return result;
  }

  const Untrained& network_;
  const graph::Graph& graph_;
  std::vector<Flow> flows_;  // by operator; empty once nobody reads it any more
};

}  // namespace

double synflow(const Untrained& network) {
  return std::log(Evaluation(network).run());
}

}  // namespace nasnet::scores
