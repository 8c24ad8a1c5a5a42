#include "nasnet/exchange/onnx_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nasnet/base/check.h"
#include "nasnet/exchange/onnx_folding.h"
#include "nasnet/graph/padding.h"

// A graph becomes nodes, operator by operator, in the graph's order. ONNX's operators are taken
// where they mean just the same; padding that depends on the image's size, and norms that ONNX
// lacks, are put together of others, so that one file serves images of all sizes.

namespace nasnet::exchange {
namespace {

using graph::Operator;
using graph::OperatorKind;
using graph::Padding;
using graph::Shape;

/// Its SAME padding is another one for odd images than for even ones: before the image there is a
/// cell less where the size is even. After it there are always (window - 1) / 2.
bool pads_by_size(const Operator& op) {
  return op.same && !op.centred &&
         ((op.stride_height > 1 && op.kernel_height > 1) ||
          (op.stride_width > 1 && op.kernel_width > 1));
}

/// The weights' windows by half a turn.
void turn(OnnxTensor& weights) {
  const int64_t size = weights.shape[2] * weights.shape[3];
  for (auto first = weights.floats.begin(); first != weights.floats.end(); first += size)
    std::reverse(first, first + size);
}

/// One graph's export. A name stands for each operator's result; operators that do nothing in
/// inference pass on that of their input.
class Exporter {
 public:
  Exporter(OnnxNodes& nodes, const graph::Graph& graph, const ParameterValues& values,
           const OnnxGraphInput& input, const OnnxOptions& options)
      : nodes_(nodes), graph_(graph), values_(values), input_(input), options_(options) {}

  std::vector<std::string> add_all(const std::vector<int>& outputs) {
    const std::vector<bool> needed = needed_for(graph_, outputs);
    if (options_.fold_batch_norm) folded_ = find_folded(graph_, outputs, values_);
    names_.resize(graph_.operators.size());
    names_[0] = input_.name;
    for (size_t i = 1; i < graph_.operators.size(); ++i)
      if (needed[i]) add(static_cast<int>(i));
    std::vector<std::string> results;
    for (const int output : outputs) results.push_back(names_[output]);
    return results;
  }

 private:
  const Operator& op(int index) const { return graph_.operators[index]; }

  std::string parameter(size_t index) {
    const graph::Parameter& one = graph_.parameters[index];
    return nodes_.constant(one.name, one.shape, values_(index));
  }

  void add(int index) {
    const Operator& one = op(index);
    const std::string x = names_[one.inputs[0]];
    names_[index] = result(index, one, x);
  }

  /// Adds the nodes of one operator, whose first input is `x`; returns the name of its result.
  std::string result(int index, const Operator& one, const std::string& x) {
    switch (one.kind) {
      case OperatorKind::kInput:
      case OperatorKind::kDropPath:
      case OperatorKind::kDropout:
        return x;
      case OperatorKind::kRelu:
        return nodes_.add("Relu", {x});
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
        return nodes_.add("AveragePool", {x},
                          window(one, {{"count_include_pad", integer(one.zeros ? 1 : 0)}}));
      case OperatorKind::kMaxPool:
        return max_pool(one, x);
      case OperatorKind::kSubsample:
        return subsample(one, x);
      case OperatorKind::kAdd:
        return nodes_.add("Add", {x, names_[one.inputs[1]]});
      case OperatorKind::kConcat: {
        std::vector<std::string> parts;
        for (const int input : one.inputs) parts.push_back(names_[input]);
        return nodes_.concat(parts, 1);
      }
      case OperatorKind::kSlice:
        return nodes_.part(x, 1, one.first_channel, one.output.channels);
      case OperatorKind::kLayerNorm:
        return layer_norm(one, x);
      case OperatorKind::kInstanceNorm:
        return nodes_.add("InstanceNormalization",
                          {x, parameter(one.first_parameter), parameter(one.first_parameter + 1)},
                          {{"epsilon", real(graph_.recipe.batch_norm_epsilon)}});
      case OperatorKind::kGlobalPool:
        return nodes_.add("Flatten", {nodes_.add("GlobalAveragePool", {x})},
                          {{"axis", integer(1)}});
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
  OnnxAttributes window(const Operator& one, OnnxAttributes more) const {
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
    return nodes_.turned(work(nodes_.turned(x)));
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

  std::string convolution(int index, const Operator& one, const std::string& x) {
    const bool depthwise = one.kind == OperatorKind::kDepthwiseConv;
    const OnnxAttributes more = {{"dilations", integers({one.dilation, one.dilation})},
                                 {"group", integer(depthwise ? one.output.channels : 1)}};
    std::vector<std::string> inputs = weights(index, one);
    if (input_.rows) return linear_rows(one, x, inputs);
    if (options_.fixed_size || !goes_from_the_far_corner(one)) {
      inputs.insert(inputs.begin(), x);
      return nodes_.add("Conv", inputs, window(one, more));
    }
    const Padding down = far_padding(one.kernel_height, one);
    const Padding across = far_padding(one.kernel_width, one);
    OnnxAttributes attributes = window(one, more);
    // window() has written SAME_UPPER, which does not hold for the turned image.
    attributes.erase("auto_pad");
    attributes["pads"] = integers({down.begin, across.begin, down.end, across.end});
    turn(nodes_.find_constant(inputs[0]));
    return from_the_far_corner(x, [&](const std::string& image) {
      inputs.insert(inputs.begin(), image);
      return nodes_.add("Conv", inputs, attributes);
    });
  }

  /// A 1x1 convolution over pixels that are rows: one product of matrices, also of no rows at all.
  std::string linear_rows(const Operator& one, const std::string& x,
                          std::vector<std::string> weights) {
    NASNET_CHECK(one.kind == OperatorKind::kConv && one.kernel_height == 1 && one.kernel_width == 1,
                 "each row is for itself");
    OnnxTensor& matrix = nodes_.find_constant(weights[0]);
    matrix.shape.resize(2);  // the others are the window's
    weights.insert(weights.begin(), x);
    return nodes_.add("Gemm", weights, {{"transB", integer(1)}});
  }

  /// The convolution's weights, and its bias where a batch norm was folded into it.
  std::vector<std::string> weights(int index, const Operator& one) {
    const int weight = one.first_parameter;
    std::vector<std::string> inputs;
    const auto folded = folded_.find(index);
    if (folded == folded_.end()) {
      inputs.push_back(parameter(weight));
    } else {
      const graph::Parameter& known = graph_.parameters[weight];
      std::vector<float> values = values_(weight);
      NASNET_CHECK(folded->second.scale.size() == static_cast<size_t>(known.shape[0]),
                   "a scale for each output channel");
      const size_t row = values.size() / folded->second.scale.size();
      std::vector<float> bias;
      for (size_t o = 0; o < folded->second.scale.size(); ++o) {
        for (size_t k = 0; k < row; ++k)
          values[o * row + k] = static_cast<float>(values[o * row + k] * folded->second.scale[o]);
        bias.push_back(static_cast<float>(folded->second.shift[o]));
      }
      inputs.push_back(nodes_.constant(known.name, known.shape, std::move(values)));
      inputs.push_back(
          nodes_.constant(known.name + "/folded_bias", {known.shape[0]}, std::move(bias)));
    }
    return inputs;
  }

  std::string bias(const Operator& one, const std::string& x) {
    const graph::Parameter& of = graph_.parameters[one.first_parameter];
    std::vector<int64_t> shape = {one.output.channels, 1, 1};
    if (input_.rows) shape = {one.output.channels};
    return nodes_.add(
        "Add", {x, nodes_.constant(of.name, std::move(shape), values_(one.first_parameter))});
  }

  /// Each pixel repeated: nearest, counted from the corner, rounded down.
  std::string upsample(const Operator& one, const std::string& x) {
    const Shape& source = op(one.inputs[0]).output;
    const std::string scales = nodes_.numbers(
        {1, 1, static_cast<float>(one.output.height) / static_cast<float>(source.height),
         static_cast<float>(one.output.width) / static_cast<float>(source.width)});
    return nodes_.add("Resize", {x, "", scales},
                      {{"mode", text("nearest")},
                       {"coordinate_transformation_mode", text("asymmetric")},
                       {"nearest_mode", text("floor")}});
  }

  std::string batch_norm(const Operator& one, const std::string& x) {
    std::vector<std::string> inputs = {x};
    for (int k = 0; k < 4; ++k) inputs.push_back(parameter(one.first_parameter + k));
    return nodes_.add("BatchNormalization", inputs,
                      {{"epsilon", real(graph_.recipe.batch_norm_epsilon)}});
  }

  /// Zeros that take part in the maximum are padded by a node of their own.
  std::string max_pool(const Operator& one, const std::string& x) {
    if (!one.zeros) return nodes_.add("MaxPool", {x}, window(one, {}));
    OnnxAttributes attributes = window(one, {});
    attributes.erase("auto_pad");
    attributes["pads"] = integers({0, 0, 0, 0});
    if (options_.fixed_size || !goes_from_the_far_corner(one))
      return nodes_.add("MaxPool", {nodes_.pad(x, vertical(one), horizontal(one))}, attributes);
    return from_the_far_corner(x, [&](const std::string& image) {
      const std::string padded = nodes_.pad(image, far_padding(one.kernel_height, one),
                                            far_padding(one.kernel_width, one));
      return nodes_.add("MaxPool", {padded}, attributes);
    });
  }

  std::string subsample(const Operator& one, const std::string& x) {
    // Of an even edge the cell after it is never read.
    const std::string source = one.offset == 1 ? nodes_.pad(x, {0, 1}, {0, 1}) : x;
    return nodes_.slice(source, one.offset, std::numeric_limits<int64_t>::max(), 2);
  }

  /// ONNX has no group norm before opset 18: an instance norm over one channel of all values.
  std::string layer_norm(const Operator& one, const std::string& x) {
    const int first = one.first_parameter;
    const graph::Parameter& gamma = graph_.parameters[first];
    const graph::Parameter& beta = graph_.parameters[first + 1];
    const int64_t channels = one.output.channels;
    const std::string unit = nodes_.numbers({1}), zero = nodes_.numbers({0});
    const std::string normal =
        nodes_.add("InstanceNormalization", {nodes_.reshape(x, {0, 1, -1}), unit, zero},
                   {{"epsilon", real(graph_.recipe.batch_norm_epsilon)}});
    const std::string shaped = nodes_.add("Reshape", {normal, nodes_.shape(x)});
    const std::string gain = nodes_.constant(gamma.name, {channels, 1, 1}, values_(first));
    const std::string shift = nodes_.constant(beta.name, {channels, 1, 1}, values_(first + 1));
    return nodes_.add("Add", {nodes_.add("Mul", {shaped, gain}), shift});
  }

  std::string linear(const Operator& one, const std::string& x) {
    const int first = one.first_parameter;
    return nodes_.add("Gemm", {x, parameter(first), parameter(first + 1)},
                      {{"transB", integer(1)}});
  }

  OnnxNodes& nodes_;
  const graph::Graph& graph_;
  const ParameterValues& values_;
  const OnnxGraphInput& input_;
  const OnnxOptions& options_;
  std::map<int, Affine> folded_;    // convolutions with their batch norm; batch norms that are gone
  std::vector<std::string> names_;  // by operator: its result
};

}  // namespace

std::vector<std::string> add_graph(OnnxNodes& nodes, const graph::Graph& graph,
                                   const std::vector<int>& outputs, const ParameterValues& values,
                                   const OnnxGraphInput& input, const OnnxOptions& options) {
  return Exporter(nodes, graph, values, input, options).add_all(outputs);
}

}  // namespace nasnet::exchange
