#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/exchange/onnx.h"
#include "nasnet/exchange/onnx_graph.h"

// A classifier as a model of ONNX: its graph up to the logits, images in any number.

namespace nasnet::exchange {

bool same_but_for_size(const graph::Graph& a, const graph::Graph& b) {
  const auto same = [](const graph::Operator& x, const graph::Operator& y) {
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
  OnnxModel model;
  model.opset = options.opset;
  const graph::Shape& image = graph.operators[0].output;
  OnnxPort images{"images", {{"N"}, {"", image.channels}, {"height"}, {"width"}}};
  if (options.fixed_size)
    images.shape = {{"N"}, {"", image.channels}, {"", image.height}, {"", image.width}};
  model.inputs = {images};
  model.outputs = {{"logits", {{"N"}, {"", graph.settings.classes}}}};
  OnnxNodes nodes(model);
  nodes.rename(add_graph(nodes, graph, {graph.logits}, values, {"images"}, options)[0], "logits");
  return model;
}

}  // namespace nasnet::exchange
