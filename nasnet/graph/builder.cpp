// Shapes and names of operators. A graph that is built wrong is found here, operator by operator,
// and not by a kernel that reads beyond a map.

#include "nasnet/graph/builder.h"

#include <algorithm>
#include <numeric>

#include "nasnet/base/check.h"

namespace nasnet::graph {
namespace {

/// Output size of TensorFlow's padding: SAME ceil(n / s), VALID floor((n - window) / s) + 1.
int output_size(int size, int kernel, int stride, int dilation, bool same) {
  if (same) return (size + stride - 1) / stride;
  return (size - ((kernel - 1) * dilation + 1)) / stride + 1;
}

}  // namespace

Builder::Builder(Graph& graph) : graph_(graph), relu_of_(graph.operators.size(), -1) {
  for (size_t i = 0; i < graph.operators.size(); ++i)
    if (const Operator& op = graph.operators[i]; op.kind == OperatorKind::kRelu)
      relu_of_[op.inputs[0]] = static_cast<int>(i);
}

void Builder::begin_section(const std::string& name, const Shape& in, const Shape& previous) {
  section_ = static_cast<int>(graph_.sections.size());
  graph_.sections.push_back({name, in, previous, {}});
}

void Builder::end_section(int output) {
  graph_.sections[section_].out = shape(output);
}

int Builder::append(Operator op) {
  NASNET_CHECK(std::all_of(op.inputs.begin(), op.inputs.end(), [&](int x) { return is_there(x); }),
               "an operator's inputs stand before it");
  NASNET_CHECK(op.output.height > 0 && op.output.width > 0, "every map has pixels");
  op.section = section_;
  graph_.operators.push_back(std::move(op));
  relu_of_.push_back(-1);
  return static_cast<int>(graph_.operators.size()) - 1;
}

void Builder::parameter(Operator& op, const std::string& name, ParameterRole role,
                        std::vector<int64_t> shape) {
  const auto next = static_cast<int>(graph_.parameters.size());
  if (op.parameter_count == 0) op.first_parameter = next;
  NASNET_CHECK(op.first_parameter + op.parameter_count == next,
               "an operator's parameters stand side by side");
  ++op.parameter_count;
  graph_.parameters.push_back({name, role, std::move(shape)});
}

int Builder::input(const Shape& shape) {
  NASNET_CHECK(graph_.operators.empty(), "operator 0 is the input, the only one");
  Operator op{.kind = OperatorKind::kInput, .inputs = {}, .output = shape};
  return append(std::move(op));
}

int Builder::relu(int x) {
  if (relu_of_[x] < 0) {
    const int result = append({.kind = OperatorKind::kRelu, .inputs = {x}, .output = shape(x)});
    relu_of_[x] = result;
  }
  return relu_of_[x];
}

int Builder::conv(int x, const std::string& scope, int filters, int kernel_height, int kernel_width,
                  int stride_height, int stride_width, int dilation, bool same) {
  const Shape in = shape(x);
  Operator op{
      .kind = OperatorKind::kConv,
      .inputs = {x},
      .output = {output_size(in.height, kernel_height, stride_height, dilation, same),
                 output_size(in.width, kernel_width, stride_width, dilation, same), filters},
      .kernel_height = kernel_height,
      .kernel_width = kernel_width,
      .stride_height = stride_height,
      .stride_width = stride_width,
      .dilation = dilation,
      .same = same};
  parameter(op, scope + "/weights", ParameterRole::kConvWeight,
            {filters, in.channels, kernel_height, kernel_width});
  return append(std::move(op));
}

int Builder::depthwise(int x, const std::string& scope, int kernel, int stride, int dilation) {
  const Shape in = shape(x);
  Operator op{.kind = OperatorKind::kDepthwiseConv,
              .inputs = {x},
              .output = {output_size(in.height, kernel, stride, dilation, true),
                         output_size(in.width, kernel, stride, dilation, true), in.channels},
              .kernel_height = kernel,
              .kernel_width = kernel,
              .stride_height = stride,
              .stride_width = stride,
              .dilation = dilation};
  parameter(op, scope + "/depthwise_weights", ParameterRole::kDepthwiseWeight,
            {in.channels, 1, kernel, kernel});
  return append(std::move(op));
}

int Builder::pointwise(int x, const std::string& scope, int filters) {
  const Shape in = shape(x);
  Operator op{.kind = OperatorKind::kConv, .inputs = {x}, .output = {in.height, in.width, filters}};
  parameter(op, scope + "/pointwise_weights", ParameterRole::kConvWeight,
            {filters, in.channels, 1, 1});
  return append(std::move(op));
}

void Builder::normalization_parameters(Operator& op, const std::string& scope, bool statistics) {
  const std::vector<int64_t> shape = {op.output.channels};
  parameter(op, scope + "/gamma", ParameterRole::kGamma, shape);
  parameter(op, scope + "/beta", ParameterRole::kBeta, shape);
  if (!statistics) return;
  parameter(op, scope + "/moving_mean", ParameterRole::kMovingMean, shape);
  parameter(op, scope + "/moving_variance", ParameterRole::kMovingVariance, shape);
}

int Builder::batch_norm(int x, const std::string& scope) {
  Operator op{.kind = OperatorKind::kBatchNorm, .inputs = {x}, .output = shape(x)};
  normalization_parameters(op, scope, true);
  return append(std::move(op));
}

int Builder::bias(int x, const std::string& scope) {
  Operator op{.kind = OperatorKind::kBias, .inputs = {x}, .output = shape(x)};
  parameter(op, scope + "/biases", ParameterRole::kBias, {op.output.channels});
  return append(std::move(op));
}

int Builder::no_bias(int x, const std::string& scope) {
  const int op = bias(x, scope);
  graph_.parameters[graph_.operators[op].first_parameter].frozen = true;
  return op;
}

int Builder::normalize(OperatorKind kind, int x, const std::string& scope) {
  NASNET_CHECK(kind == OperatorKind::kLayerNorm || kind == OperatorKind::kInstanceNorm);
  Operator op{.kind = kind, .inputs = {x}, .output = shape(x)};
  normalization_parameters(op, scope, false);
  return append(std::move(op));
}

int Builder::pool(OperatorKind kind, int x, int kernel, int stride, bool same, bool zeros) {
  NASNET_CHECK(kind == OperatorKind::kAvgPool || kind == OperatorKind::kMaxPool);
  const Shape in = shape(x);
  return append({.kind = kind,
                 .inputs = {x},
                 .output = {output_size(in.height, kernel, stride, 1, same),
                            output_size(in.width, kernel, stride, 1, same), in.channels},
                 .kernel_height = kernel,
                 .kernel_width = kernel,
                 .stride_height = stride,
                 .stride_width = stride,
                 .same = same,
                 .zeros = zeros});
}

int Builder::subsample(int x, int offset) {
  NASNET_CHECK(offset == 0 || offset == 1);
  const Shape in = shape(x);
  return append({.kind = OperatorKind::kSubsample,
                 .inputs = {x},
                 .output = {(in.height + 1) / 2, (in.width + 1) / 2, in.channels},
                 .stride_height = 2,
                 .stride_width = 2,
                 .offset = offset});
}

int Builder::upsample(int x, int like) {
  const Shape& to = shape(like);
  NASNET_CHECK(to.height >= shape(x).height && to.width >= shape(x).width,
               "maps are brought to a larger size");
  return append({.kind = OperatorKind::kUpsample,
                 .inputs = {x},
                 .output = {to.height, to.width, shape(x).channels}});
}

void Builder::start_with(int op, double deviation) {
  const Operator& one = graph_.operators.at(op);
  NASNET_CHECK(one.parameter_count > 0, "the operator has weights");
  graph_.parameters[one.first_parameter].deviation = deviation;
}

int Builder::again(int op, int x) {
  Operator copy = graph_.operators.at(op);
  NASNET_CHECK(copy.inputs.size() == 1 && shape(copy.inputs[0]).channels == shape(x).channels,
               "an operator is repeated on maps of as many channels");
  const Shape& in = shape(x);
  copy.inputs = {x};
  copy.output = {
      output_size(in.height, copy.kernel_height, copy.stride_height, copy.dilation, copy.same),
      output_size(in.width, copy.kernel_width, copy.stride_width, copy.dilation, copy.same),
      copy.output.channels};
  return append(std::move(copy));
}

int Builder::zero(int x) {
  return append({.kind = OperatorKind::kZero, .inputs = {x}, .output = shape(x)});
}

void Builder::centre(int op) {
  graph_.operators.at(op).centred = true;
}

int Builder::add(int a, int b) {
  NASNET_CHECK(shape(a) == shape(b), "the terms of a sum have one shape");
  return append({.kind = OperatorKind::kAdd, .inputs = {a, b}, .output = shape(a)});
}

int Builder::concat(const std::vector<int>& parts) {
  if (parts.size() == 1) return parts[0];
  Shape out = shape(parts.at(0));
  for (const int part : parts)
    NASNET_CHECK(shape(part).height == out.height && shape(part).width == out.width,
                 "concatenated maps have one size");
  out.channels = std::accumulate(parts.begin(), parts.end(), 0,
                                 [&](int sum, int part) { return sum + shape(part).channels; });
  return append({.kind = OperatorKind::kConcat, .inputs = parts, .output = out});
}

int Builder::slice(int x, int first, int count) {
  const Shape& in = shape(x);
  NASNET_CHECK(first >= 0 && count > 0 && first + count <= in.channels, "a slice lies in its map");
  return append({.kind = OperatorKind::kSlice,
                 .inputs = {x},
                 .output = {in.height, in.width, count},
                 .first_channel = first});
}

int Builder::drop_path(int x, int cell_number) {
  return append({.kind = OperatorKind::kDropPath,
                 .inputs = {x},
                 .output = shape(x),
                 .cell_number = cell_number});
}

int Builder::global_pool(int x) {
  return append(
      {.kind = OperatorKind::kGlobalPool, .inputs = {x}, .output = {1, 1, shape(x).channels}});
}

int Builder::dropout(int x) {
  return append({.kind = OperatorKind::kDropout, .inputs = {x}, .output = shape(x)});
}

int Builder::linear(int x, const std::string& scope, int outputs) {
  NASNET_CHECK(shape(x).height * shape(x).width == 1, "a linear layer reads one pixel");
  Operator op{.kind = OperatorKind::kLinear, .inputs = {x}, .output = {1, 1, outputs}};
  parameter(op, scope + "/weights", ParameterRole::kLinearWeight, {outputs, shape(x).channels});
  parameter(op, scope + "/biases", ParameterRole::kBias, {outputs});
  return append(std::move(op));
}

int Builder::factorized_reduction(int x, const std::string& scope, int filters) {
  if (filters == 1)  // one path alone, of the pixels that the first one has
    return batch_norm(conv(x, scope + "/path1_conv", 1, 1, 2), scope + "/final_path_bn");
  const int first = filters / 2;
  const int path1 = conv(subsample(x, 0), scope + "/path1_conv", first);
  const int path2 = conv(subsample(x, 1), scope + "/path2_conv", filters - first);
  return batch_norm(concat({path1, path2}), scope + "/final_path_bn");
}

}  // namespace nasnet::graph
