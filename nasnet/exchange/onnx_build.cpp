#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/exchange/onnx.h"
#include "nasnet/graph/padding.h"

namespace nasnet::exchange {
namespace {

using graph::Operator;
using graph::OperatorKind;
using graph::Padding;
using graph::Shape;

OnnxAttribute integer(int64_t value) {
  return {.kind = OnnxAttribute::Kind::kInteger, .integer = value};
}

OnnxAttribute real(double value) {
  return {.kind = OnnxAttribute::Kind::kReal, .real = static_cast<float>(value)};
}

OnnxAttribute integers(std::vector<int64_t> values) {
  return {.kind = OnnxAttribute::Kind::kIntegers, .integers = std::move(values)};
}

OnnxAttribute text(const char* value) {
  return {.kind = OnnxAttribute::Kind::kText, .text = value};
}

/// Its SAME padding is another one for odd images than for even ones: before the image there is a
/// cell less where the size is even. After it there are always (window - 1) / 2.
bool pads_by_size(const Operator& op) {
  return op.same && !op.centred &&
         ((op.stride_height > 1 && op.kernel_height > 1) ||
          (op.stride_width > 1 && op.kernel_width > 1));
}

/// Batch normalisation in inference mode: y = scale x + shift, by channel.
struct Affine {
  std::vector<double> scale, shift;
};

class Exporter {
 public:
  Exporter(const graph::Graph& graph, const ParameterValues& values, const OnnxOptions& options)
      : graph_(graph), values_(values), options_(options) {}

  OnnxModel build() {
    model_.opset = options_.opset;
    const Shape& image = graph_.operators[0].output;
    model_.input_shape = {image.channels, -1, -1};
    if (options_.fixed_size) model_.input_shape = {image.channels, image.height, image.width};
    model_.output_shape = {graph_.settings.classes};
    find_needed();
    if (options_.fold_batch_norm) find_folded();
    names_.resize(graph_.operators.size());
    names_[0] = model_.input;
    for (size_t i = 1; i < graph_.operators.size(); ++i)
      if (needed_[i]) add(static_cast<int>(i));
    model_.nodes.back().outputs = {model_.output};
    return std::move(model_);
  }

 private:
  const Operator& op(int index) const { return graph_.operators[index]; }

  /// The logits need what they are computed from; the auxiliary head is not among it.
  void find_needed() {
    needed_.assign(graph_.operators.size(), false);
    readers_.assign(graph_.operators.size(), 0);
    needed_[graph_.logits] = true;
    for (int i = graph_.logits; i >= 0; --i) {
      if (!needed_[i]) continue;
      for (const int input : op(i).inputs) {
        needed_[input] = true;
        ++readers_[input];
      }
    }
  }

  bool is_lone_convolution(int index) const {
    return (op(index).kind == OperatorKind::kConv ||
            op(index).kind == OperatorKind::kDepthwiseConv) &&
           readers_[index] == 1;
  }

  /// A batch norm after a convolution, or after the concatenation of two (factorised reduction),
  /// whose results nothing else reads, becomes part of their weights.
  void find_folded() {
    for (int i = 1; i <= graph_.logits; ++i) {
      if (!needed_[i] || !is_affine(op(i))) continue;
      const int before = op(i).inputs[0];
      std::vector<int> convolutions = {before};
      if (op(before).kind == OperatorKind::kConcat && readers_[before] == 1)
        convolutions = op(before).inputs;
      bool all = true;
      for (const int one : convolutions) all &= is_lone_convolution(one);
      if (!all) continue;
      const Affine whole = affine(op(i));
      size_t channel = 0;
      for (const int one : convolutions) {
        const auto count = static_cast<size_t>(op(one).output.channels);
        const auto part = [&](const std::vector<double>& from) {
          const auto begin = from.begin() + static_cast<std::ptrdiff_t>(channel);
          return std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(count));
        };
        folded_[one] = {part(whole.scale), part(whole.shift)};
        channel += count;
      }
      folded_[i] = {};
    }
  }

  static bool is_affine(const Operator& one) {
    return one.kind == OperatorKind::kBatchNorm || one.kind == OperatorKind::kBias;
  }

  Affine affine(const Operator& norm) const {
    const auto first = static_cast<size_t>(norm.first_parameter);
    if (norm.kind == OperatorKind::kBias) {
      const std::vector<float> bias = values_(first);
      return {std::vector<double>(bias.size(), 1.0), {bias.begin(), bias.end()}};
    }
    const std::vector<float> gamma = values_(first), beta = values_(first + 1);
    const std::vector<float> mean = values_(first + 2), variance = values_(first + 3);
    Affine result;
    for (size_t c = 0; c < gamma.size(); ++c) {
      const double scale = gamma[c] / std::sqrt(variance[c] + graph_.recipe.batch_norm_epsilon);
      result.scale.push_back(scale);
      result.shift.push_back(beta[c] - mean[c] * scale);
    }
    return result;
  }

  // --- Constants and nodes ---

  std::string constant(const std::string& name, std::vector<int64_t> shape,
                       std::vector<float> values) {
    model_.constants[name] = {std::move(shape), std::move(values), {}};
    return name;
  }

  std::string constant(const std::string& name, std::vector<int64_t> values) {
    model_.constants[name] = {{static_cast<int64_t>(values.size())}, {}, std::move(values)};
    return name;
  }

  std::string parameter(size_t index) {
    const graph::Parameter& one = graph_.parameters[index];
    return constant(one.name, one.shape, values_(index));
  }

  std::string node(const std::string& type, std::vector<std::string> inputs,
                   std::map<std::string, OnnxAttribute> attributes = {}) {
    std::string name = fmt::format("{}_{}", type, model_.nodes.size());
    model_.nodes.push_back({type, name, std::move(inputs), {name}, std::move(attributes)});
    return name;
  }

  // --- Operators ---

  void add(int index) {
    const Operator& one = op(index);
    const std::string x = names_[one.inputs[0]];
    names_[index] = result(index, one, x);
  }

  std::string result(int index, const Operator& one, const std::string& x) {
    switch (one.kind) {
      case OperatorKind::kInput:
      case OperatorKind::kDropPath:
      case OperatorKind::kDropout:
        return x;
      case OperatorKind::kRelu:
        return node("Relu", {x});
      case OperatorKind::kConv:
      case OperatorKind::kDepthwiseConv:
        return convolution(index, one, x);
      case OperatorKind::kBatchNorm:
        return folded_.contains(index) ? x : batch_norm(one, x);
      case OperatorKind::kBias:
        return folded_.contains(index) ? x : bias(one, x);
      case OperatorKind::kUpsample:
        return upsample(one, x);
      case OperatorKind::kAvgPool:
        return node("AveragePool", {x},
                    window(one, {{"count_include_pad", integer(one.zeros ? 1 : 0)}}));
      case OperatorKind::kMaxPool:
        return max_pool(one, x);
      case OperatorKind::kSubsample:
        return subsample(one, x);
      case OperatorKind::kAdd:
        return node("Add", {x, names_[one.inputs[1]]});
      case OperatorKind::kConcat: {
        std::vector<std::string> parts;
        for (const int input : one.inputs) parts.push_back(names_[input]);
        return node("Concat", parts, {{"axis", integer(1)}});
      }
      case OperatorKind::kLayerNorm:
        return layer_norm(one, x);
      case OperatorKind::kInstanceNorm:
        return node("InstanceNormalization",
                    {x, parameter(static_cast<size_t>(one.first_parameter)),
                     parameter(static_cast<size_t>(one.first_parameter) + 1)},
                    {{"epsilon", real(graph_.recipe.batch_norm_epsilon)}});
      case OperatorKind::kGlobalPool:
        return node("Flatten", {node("GlobalAveragePool", {x})}, {{"axis", integer(1)}});
      case OperatorKind::kLinear:
        return linear(one, x);
    }
    return x;
  }

  Padding vertical(const Operator& one) const {
    return graph::vertical_padding(one, op(one.inputs[0]).output);
  }
  Padding horizontal(const Operator& one) const {
    return graph::horizontal_padding(one, op(one.inputs[0]).output);
  }

  /// Kernel, strides and padding, and what is given besides. ONNX's SAME_UPPER is TF's SAME.
  std::map<std::string, OnnxAttribute> window(const Operator& one,
                                              std::map<std::string, OnnxAttribute> more) const {
    more["kernel_shape"] = integers({one.kernel_height, one.kernel_width});
    more["strides"] = integers({one.stride_height, one.stride_width});
    if (pads_by_size(one) && !options_.fixed_size) {
      more["auto_pad"] = text("SAME_UPPER");
    } else {
      const Padding down = vertical(one), across = horizontal(one);
      more["pads"] = integers({down.begin, across.begin, down.end, across.end});
    }
    return more;
  }

  /// Runtimes refuse SAME_UPPER with dilation, and a pool's own padding never takes part in its
  /// maximum. From the far corner the padding is the same for all sizes: `work` is given the image
  /// turned by half a turn, and its result is turned back.
  template <class Work>
  std::string from_the_far_corner(const std::string& x, Work work) {
    return turned(work(turned(x)));
  }
  static bool goes_from_the_far_corner(const Operator& one) {
    return pads_by_size(one) &&
           (one.dilation > 1 || (one.kind == OperatorKind::kMaxPool && one.zeros));
  }
  /// The padding there, before the image; after it the window may reach as far.
  static Padding far_padding(int kernel, const Operator& one) {
    const int64_t cells = int64_t{kernel - 1} * one.dilation / 2;
    return {cells, cells};
  }

  std::string turned(const std::string& x) {
    constexpr int64_t kBegin = std::numeric_limits<int64_t>::min() + 1;
    return slice(x, -1, kBegin, -1);
  }

  /// Rows and columns from `start` on, each `step` after the one before.
  std::string slice(const std::string& x, int64_t start, int64_t end, int64_t step) {
    const std::string name = fmt::format("slice_{}", model_.nodes.size());
    const auto both = [&](const char* what, int64_t a, int64_t b) {
      return constant(name + "/" + what, std::vector<int64_t>{a, b});
    };
    return node("Slice", {x, both("starts", start, start), both("ends", end, end),
                          both("axes", 2, 3), both("steps", step, step)});
  }

  std::string convolution(int index, const Operator& one, const std::string& x) {
    const bool depthwise = one.kind == OperatorKind::kDepthwiseConv;
    const std::map<std::string, OnnxAttribute> more = {
        {"dilations", integers({one.dilation, one.dilation})},
        {"group", integer(depthwise ? one.output.channels : 1)}};
    std::vector<std::string> inputs = weights(index, one);
    if (options_.fixed_size || !goes_from_the_far_corner(one)) {
      inputs.insert(inputs.begin(), x);
      return node("Conv", inputs, window(one, more));
    }
    const Padding down = far_padding(one.kernel_height, one);
    const Padding across = far_padding(one.kernel_width, one);
    std::map<std::string, OnnxAttribute> attributes = window(one, more);
    attributes.erase("auto_pad");
    attributes["pads"] = integers({down.begin, across.begin, down.end, across.end});
    turn(model_.constants.at(inputs[0]));
    return from_the_far_corner(x, [&](const std::string& image) {
      inputs.insert(inputs.begin(), image);
      return node("Conv", inputs, attributes);
    });
  }

  /// The weights' windows by half a turn.
  static void turn(OnnxTensor& weights) {
    const auto size = static_cast<std::ptrdiff_t>(weights.shape[2] * weights.shape[3]);
    for (auto first = weights.floats.begin(); first != weights.floats.end(); first += size)
      std::reverse(first, first + size);
  }

  /// The convolution's weights, and its bias where a batch norm was folded into it.
  std::vector<std::string> weights(int index, const Operator& one) {
    const auto weight = static_cast<size_t>(one.first_parameter);
    std::vector<std::string> inputs;
    const auto folded = folded_.find(index);
    if (folded == folded_.end()) {
      inputs.push_back(parameter(weight));
    } else {
      const graph::Parameter& known = graph_.parameters[weight];
      std::vector<float> values = values_(weight);
      const size_t row = values.size() / static_cast<size_t>(known.shape[0]);
      std::vector<float> bias;
      for (size_t o = 0; o < folded->second.scale.size(); ++o) {
        for (size_t k = 0; k < row; ++k)
          values[o * row + k] = static_cast<float>(values[o * row + k] * folded->second.scale[o]);
        bias.push_back(static_cast<float>(folded->second.shift[o]));
      }
      inputs.push_back(constant(known.name, known.shape, std::move(values)));
      inputs.push_back(constant(known.name + "/folded_bias", {known.shape[0]}, std::move(bias)));
    }
    return inputs;
  }

  std::string bias(const Operator& one, const std::string& x) {
    const auto first = static_cast<size_t>(one.first_parameter);
    const graph::Parameter& of = graph_.parameters[first];
    return node("Add", {x, constant(of.name, {one.output.channels, 1, 1}, values_(first))});
  }

  std::string upsample(const Operator& one, const std::string& x) {
    const std::string scales = constant(fmt::format("scales_{}", model_.nodes.size()), {4},
                                        {1, 1,
                                         static_cast<float>(one.output.height) /
                                             static_cast<float>(op(one.inputs[0]).output.height),
                                         static_cast<float>(one.output.width) /
                                             static_cast<float>(op(one.inputs[0]).output.width)});
    return node("Resize", {x, "", scales},
                {{"mode", text("nearest")},
                 {"coordinate_transformation_mode", text("asymmetric")},
                 {"nearest_mode", text("floor")}});
  }

  std::string batch_norm(const Operator& one, const std::string& x) {
    std::vector<std::string> inputs = {x};
    for (int k = 0; k < 4; ++k)
      inputs.push_back(parameter(static_cast<size_t>(one.first_parameter + k)));
    return node("BatchNormalization", inputs,
                {{"epsilon", real(graph_.recipe.batch_norm_epsilon)}});
  }

  /// Zeros around the image, as an operator of its own: for pools that count them.
  std::string pad(const std::string& x, Padding down, Padding across) {
    const std::string places =
        constant(fmt::format("pads_{}", model_.nodes.size()),
                 std::vector<int64_t>{0, 0, down.begin, across.begin, 0, 0, down.end, across.end});
    return node("Pad", {x, places});
  }

  std::string max_pool(const Operator& one, const std::string& x) {
    if (!one.zeros) return node("MaxPool", {x}, window(one, {}));
    std::map<std::string, OnnxAttribute> attributes = window(one, {});
    attributes.erase("auto_pad");
    attributes["pads"] = integers({0, 0, 0, 0});
    if (options_.fixed_size || !goes_from_the_far_corner(one))
      return node("MaxPool", {pad(x, vertical(one), horizontal(one))}, attributes);
    return from_the_far_corner(x, [&](const std::string& image) {
      const std::string padded =
          pad(image, far_padding(one.kernel_height, one), far_padding(one.kernel_width, one));
      return node("MaxPool", {padded}, attributes);
    });
  }

  std::string subsample(const Operator& one, const std::string& x) {
    // Of an even edge the cell after it is never read.
    const std::string source = one.offset == 1 ? pad(x, {0, 1}, {0, 1}) : x;
    return slice(source, one.offset, std::numeric_limits<int64_t>::max(), 2);
  }

  /// ONNX has no group norm before opset 18: an instance norm over one channel of all values.
  std::string layer_norm(const Operator& one, const std::string& x) {
    const auto first = static_cast<size_t>(one.first_parameter);
    const graph::Parameter& gamma = graph_.parameters[first];
    const graph::Parameter& beta = graph_.parameters[first + 1];
    const int64_t channels = one.output.channels;
    const std::string flat = constant(gamma.name + "/flat", std::vector<int64_t>{0, 1, -1});
    const std::string unit = constant("one", {1}, {1.0f}), zero = constant("zero", {1}, {0.0f});
    const std::string normal =
        node("InstanceNormalization", {node("Reshape", {x, flat}), unit, zero},
             {{"epsilon", real(graph_.recipe.batch_norm_epsilon)}});
    const std::string shaped = node("Reshape", {normal, node("Shape", {x})});
    const std::string gain = constant(gamma.name, {channels, 1, 1}, values_(first));
    const std::string shift = constant(beta.name, {channels, 1, 1}, values_(first + 1));
    return node("Add", {node("Mul", {shaped, gain}), shift});
  }

  std::string linear(const Operator& one, const std::string& x) {
    const auto first = static_cast<size_t>(one.first_parameter);
    return node("Gemm", {x, parameter(first), parameter(first + 1)}, {{"transB", integer(1)}});
  }

  const graph::Graph& graph_;
  const ParameterValues& values_;
  const OnnxOptions& options_;
  OnnxModel model_;
  std::vector<bool> needed_;
  std::vector<int> readers_;
  std::map<int, Affine> folded_;    // convolutions with their batch norm; batch norms that are gone
  std::vector<std::string> names_;  // by operator: its result
};

}  // namespace

bool same_but_for_size(const graph::Graph& a, const graph::Graph& b) {
  const auto same = [](const Operator& x, const Operator& y) {
    return x.kind == y.kind && x.inputs == y.inputs && x.kernel_height == y.kernel_height &&
           x.kernel_width == y.kernel_width && x.stride_height == y.stride_height &&
           x.stride_width == y.stride_width && x.dilation == y.dilation && x.offset == y.offset &&
           x.same == y.same && x.zeros == y.zeros && x.output.channels == y.output.channels;
  };
  return a.logits == b.logits &&
         std::equal(a.operators.begin(), a.operators.begin() + a.logits, b.operators.begin(),
                    b.operators.begin() + b.logits, same);
}

OnnxModel to_onnx(const graph::Graph& graph, const ParameterValues& values,
                  const OnnxOptions& options) {
  if (options.opset < kOldestOpset || options.opset > kNewestOpset)
    throw InputError(
        fmt::format("--opset {}: {} to {} are written", options.opset, kOldestOpset, kNewestOpset));
  return Exporter(graph, values, options).build();
}

}  // namespace nasnet::exchange
