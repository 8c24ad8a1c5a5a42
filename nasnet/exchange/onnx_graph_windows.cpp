#include <algorithm>
#include <limits>

#include "nasnet/base/check.h"
#include "nasnet/exchange/onnx_graph_writer.h"
#include "nasnet/graph/padding.h"

// Operators with a window, and their padding, which is the same for images of all sizes or depends
// on whether an edge is odd.

namespace nasnet::exchange {

using graph::Operator;
using graph::OperatorKind;
using graph::Padding;

namespace {

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

/// Runtimes refuse SAME_UPPER with dilation, and a pool's own padding never takes part in its
/// maximum. From the far corner the padding is the same for all sizes: `work` is given the image
/// turned by half a turn, and its result is turned back.
template <class Work>
std::string from_the_far_corner(OnnxNodes& nodes, const std::string& x, Work work) {
  return nodes.turned(work(nodes.turned(x)));
}
bool goes_from_the_far_corner(const Operator& one) {
  return pads_by_size(one) &&
         (one.dilation > 1 || (one.kind == OperatorKind::kMaxPool && one.zeros));
}
/// The padding there, before the image; after it the window may reach as far.
Padding far_padding(int kernel, const Operator& one) {
  const int64_t cells = int64_t{kernel - 1} * one.dilation / 2;
  return {cells, cells};
}

}  // namespace

OnnxAttributes OnnxGraphWriter::window(const Operator& one, OnnxAttributes more) const {
  more["kernel_shape"] = integers({one.kernel_height, one.kernel_width});
  more["strides"] = integers({one.stride_height, one.stride_width});
  if (pads_by_size(one) && !options_.fixed_size) {
    more["auto_pad"] = text("SAME_UPPER");
  } else {
    const graph::Shape& source = op(one.inputs[0]).output;
    const Padding down = graph::vertical_padding(one, source),
                  across = graph::horizontal_padding(one, source);
    more["pads"] = integers({down.begin, across.begin, down.end, across.end});
  }
  return more;
}

std::string OnnxGraphWriter::convolution(int index, const Operator& one, const std::string& x) {
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
  return from_the_far_corner(nodes_, x, [&](const std::string& image) {
    inputs.insert(inputs.begin(), image);
    return nodes_.add("Conv", inputs, attributes);
  });
}

std::string OnnxGraphWriter::linear_rows(const Operator& one, const std::string& x,
                                         std::vector<std::string> weights) {
  NASNET_CHECK(one.kind == OperatorKind::kConv && one.kernel_height == 1 && one.kernel_width == 1,
               "each row is for itself");
  OnnxTensor& matrix = nodes_.find_constant(weights[0]);
  matrix.shape.resize(2);  // the others are the window's
  weights.insert(weights.begin(), x);
  return nodes_.add("Gemm", weights, {{"transB", integer(1)}});
}

std::vector<std::string> OnnxGraphWriter::weights(int index, const Operator& one) {
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

std::string OnnxGraphWriter::max_pool(const Operator& one, const std::string& x) {
  if (!one.zeros) return nodes_.add("MaxPool", {x}, window(one, {}));
  const graph::Shape& source = op(one.inputs[0]).output;
  OnnxAttributes attributes = window(one, {});
  attributes.erase("auto_pad");
  attributes["pads"] = integers({0, 0, 0, 0});
  if (options_.fixed_size || !goes_from_the_far_corner(one))
    return nodes_.add("MaxPool",
                      {nodes_.pad(x, graph::vertical_padding(one, source),
                                  graph::horizontal_padding(one, source))},
                      attributes);
  return from_the_far_corner(nodes_, x, [&](const std::string& image) {
    const std::string padded =
        nodes_.pad(image, far_padding(one.kernel_height, one), far_padding(one.kernel_width, one));
    return nodes_.add("MaxPool", {padded}, attributes);
  });
}

std::string OnnxGraphWriter::subsample(const Operator& one, const std::string& x) {
  // Of an even edge the cell after it is never read.
  const std::string source = one.offset == 1 ? nodes_.pad(x, {0, 1}, {0, 1}) : x;
  return nodes_.slice(source, one.offset, std::numeric_limits<int64_t>::max(), 2);
}

std::string OnnxGraphWriter::upsample(const Operator& one, const std::string& x) {
  const graph::Shape& source = op(one.inputs[0]).output;
  const std::string scales = nodes_.numbers(
      {1, 1, static_cast<float>(one.output.height) / static_cast<float>(source.height),
       static_cast<float>(one.output.width) / static_cast<float>(source.width)});
  return nodes_.add("Resize", {x, "", scales},
                    {{"mode", text("nearest")},
                     {"coordinate_transformation_mode", text("asymmetric")},
                     {"nearest_mode", text("floor")}});
}

}  // namespace nasnet::exchange
