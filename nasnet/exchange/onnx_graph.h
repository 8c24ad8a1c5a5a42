#pragma once

#include <string>
#include <vector>

#include "nasnet/exchange/onnx.h"
#include "nasnet/exchange/onnx_nodes.h"

namespace nasnet::exchange {

/// Where a graph's nodes read their images.
struct OnnxGraphInput {
  std::string name;
  /// The images' pixels are rows of a matrix, each for itself: pixels x channels instead of
  /// N x C x H x W. For graphs of 1x1 convolutions alone.
  bool rows = false;
};

/// Appends the graph in inference mode, as far as these operators need it. Returns the names of
/// their results.
std::vector<std::string> add_graph(OnnxNodes& nodes, const graph::Graph& graph,
                                   const std::vector<int>& outputs, const ParameterValues& values,
                                   const OnnxGraphInput& input, const OnnxOptions& options);

}  // namespace nasnet::exchange
