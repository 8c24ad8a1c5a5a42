#pragma once

#include <map>
#include <string>
#include <vector>

#include "nasnet/exchange/onnx_folding.h"
#include "nasnet/exchange/onnx_graph.h"

namespace nasnet::exchange {

/// One graph's nodes, operator by operator. A name stands for each operator's result; operators
/// that do nothing in inference pass on that of their input.
class OnnxGraphWriter {
 public:
  OnnxGraphWriter(OnnxNodes& nodes, const graph::Graph& graph, const ParameterValues& values,
                  const OnnxGraphInput& input, const OnnxOptions& options)
      : nodes_(nodes), graph_(graph), values_(values), input_(input), options_(options) {}

  /// Returns the names of these operators' results.
  std::vector<std::string> add_all(const std::vector<int>& outputs);

 private:
  using Operator = graph::Operator;

  const Operator& op(int index) const { return graph_.operators[index]; }
  std::string parameter(size_t index);
  /// Adds the nodes of one operator, whose first input is `x`; returns the name of its result.
  std::string result(int index, const Operator& one, const std::string& x);

  // onnx_graph.cpp
  std::string bias(const Operator& one, const std::string& x);
  std::string batch_norm(const Operator& one, const std::string& x);
  /// ONNX has no group norm before opset 18: an instance norm over one channel of all values.
  std::string layer_norm(const Operator& one, const std::string& x);
  std::string linear(const Operator& one, const std::string& x);

  // Windows (onnx_graph_windows.cpp).
  /// Kernel, strides and padding, and what is given besides. ONNX's SAME_UPPER is TF's SAME.
  OnnxAttributes window(const Operator& one, OnnxAttributes more) const;
  std::string convolution(int index, const Operator& one, const std::string& x);
  /// A 1x1 convolution over pixels that are rows: one product of matrices, also of no rows at all.
  std::string linear_rows(const Operator& one, const std::string& x,
                          std::vector<std::string> weights);
  /// The convolution's weights, and its bias where a batch norm was folded into it.
  std::vector<std::string> weights(int index, const Operator& one);
  /// Zeros that take part in the maximum are padded by a node of their own.
  std::string max_pool(const Operator& one, const std::string& x);
  std::string subsample(const Operator& one, const std::string& x);
  /// Each pixel repeated: nearest, counted from the corner, rounded down.
  std::string upsample(const Operator& one, const std::string& x);

  OnnxNodes& nodes_;
  const graph::Graph& graph_;
  const ParameterValues& values_;
  const OnnxGraphInput& input_;
  const OnnxOptions& options_;
  std::map<int, Affine> folded_;    // convolutions with their batch norm; batch norms that are gone
  std::vector<std::string> names_;  // by operator: its result
};

}  // namespace nasnet::exchange
