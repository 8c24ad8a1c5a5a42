#include "nasnet/exchange/onnx_graph.h"

#include "nasnet/exchange/onnx_graph_writer.h"

// A graph becomes nodes, operator by operator, in the graph's order. ONNX's operators are taken
// where they mean just the same; padding that depends on the image's size, and norms that ONNX
// lacks, are put together of others, so that one file serves images of all sizes.

namespace nasnet::exchange {

using graph::Operator;
using graph::OperatorKind;

std::vector<std::string> OnnxGraphWriter::add_all(const std::vector<int>& outputs) {
  const std::vector<bool> needed = needed_for(graph_, outputs);
  if (options_.fold_batch_norm) folded_ = find_folded(graph_, outputs, values_);
  names_.resize(graph_.operators.size());
  names_[0] = input_.name;
  for (size_t i = 1; i < graph_.operators.size(); ++i)
    if (needed[i]) {
      const Operator& one = graph_.operators[i];
      names_[i] = result(static_cast<int>(i), one, names_[one.inputs[0]]);
    }
  std::vector<std::string> results;
  for (const int output : outputs) results.push_back(names_[output]);
  return results;
}

std::string OnnxGraphWriter::parameter(size_t index) {
  const graph::Parameter& one = graph_.parameters[index];
  return nodes_.constant(one.name, one.shape, values_(index));
}

std::string OnnxGraphWriter::result(int index, const Operator& one, const std::string& x) {
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
    case OperatorKind::kZero:
      return nodes_.add("Sub", {x, x});
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
      return nodes_.add("Flatten", {nodes_.add("GlobalAveragePool", {x})}, {{"axis", integer(1)}});
    case OperatorKind::kLinear:
      return linear(one, x);
  }
  return x;
}

std::string OnnxGraphWriter::bias(const Operator& one, const std::string& x) {
  const graph::Parameter& of = graph_.parameters[one.first_parameter];
  std::vector<int64_t> shape = {one.output.channels, 1, 1};
  if (input_.rows) shape = {one.output.channels};
  return nodes_.add("Add",
                    {x, nodes_.constant(of.name, std::move(shape), values_(one.first_parameter))});
}

std::string OnnxGraphWriter::batch_norm(const Operator& one, const std::string& x) {
  std::vector<std::string> inputs = {x};
  for (int k = 0; k < 4; ++k) inputs.push_back(parameter(one.first_parameter + k));
  return nodes_.add("BatchNormalization", inputs,
                    {{"epsilon", real(graph_.recipe.batch_norm_epsilon)}});
}

std::string OnnxGraphWriter::layer_norm(const Operator& one, const std::string& x) {
  const int first = one.first_parameter;
  const graph::Parameter& gamma = graph_.parameters[first];
  const graph::Parameter& beta = graph_.parameters[first + 1];
  const int64_t channels = one.output.channels;
  const std::string unit = nodes_.numbers({1}), zero = nodes_.numbers({0});
  // Not by a Reshape, which knows no edge of -1 where there is no image at all.
  const std::string one_channel =
      nodes_.add("Unsqueeze", {nodes_.add("Flatten", {x}), nodes_.places({1})});
  const std::string normal = nodes_.add("InstanceNormalization", {one_channel, unit, zero},
                                        {{"epsilon", real(graph_.recipe.batch_norm_epsilon)}});
  const std::string shaped = nodes_.add("Reshape", {normal, nodes_.shape(x)});
  const std::string gain = nodes_.constant(gamma.name, {channels, 1, 1}, values_(first));
  const std::string shift = nodes_.constant(beta.name, {channels, 1, 1}, values_(first + 1));
  return nodes_.add("Add", {nodes_.add("Mul", {shaped, gain}), shift});
}

std::string OnnxGraphWriter::linear(const Operator& one, const std::string& x) {
  const int first = one.first_parameter;
  return nodes_.add("Gemm", {x, parameter(first), parameter(first + 1)}, {{"transB", integer(1)}});
}

std::vector<std::string> add_graph(OnnxNodes& nodes, const graph::Graph& graph,
                                   const std::vector<int>& outputs, const ParameterValues& values,
                                   const OnnxGraphInput& input, const OnnxOptions& options) {
  return OnnxGraphWriter(nodes, graph, values, input, options).add_all(outputs);
}

}  // namespace nasnet::exchange
