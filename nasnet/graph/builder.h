#pragma once

#include <string>

#include "nasnet/graph/graph.h"

namespace nasnet::graph {

/// Appends operators to a graph, which may have some already, and names their parameters. An int is
/// the index of an operator and stands for its result.
class Builder {
 public:
  explicit Builder(Graph& graph);

  int input_of(int op) const { return graph_.operators.at(op).inputs.at(0); }
  const Shape& shape(int op) const { return graph_.operators.at(op).output; }

  /// Everything that follows belongs to this row of the table.
  void begin_section(const std::string& name, const Shape& in, const Shape& previous);
  void end_section(int output);

  int input(const Shape& shape);
  /// One operator for all readers of the same value (slim's graph has a ReLU for each reader).
  int relu(int x);
  int conv(int x, const std::string& scope, int filters, int kernel_height, int kernel_width,
           int stride_height, int stride_width, int dilation = 1, bool same = true);
  int conv(int x, const std::string& scope, int filters, int kernel = 1, int stride = 1) {
    return conv(x, scope, filters, kernel, kernel, stride, stride);
  }
  /// `scope` ends in "depthwise_weights"' folder: separable convolutions keep both kernels there.
  int depthwise(int x, const std::string& scope, int kernel, int stride, int dilation = 1);
  int pointwise(int x, const std::string& scope, int filters);
  int batch_norm(int x, const std::string& scope);
  /// A convolution's, in place of a batch norm.
  int bias(int x, const std::string& scope);
  /// The same, of zeros that training leaves alone: what ends a convolution with neither.
  int no_bias(int x, const std::string& scope);
  int pool(OperatorKind kind, int x, int kernel, int stride, bool same = true, bool zeros = false);
  int subsample(int x, int offset);
  /// To the height and width of `like`.
  int upsample(int x, int like);
  /// Zeros of the shape of x.
  int zero(int x);
  int add(int a, int b);
  int concat(const std::vector<int>& parts);
  /// `count` channels of x.
  int slice(int x, int first, int count);
  /// kLayerNorm or kInstanceNorm.
  int normalize(OperatorKind kind, int x, const std::string& scope);
  int drop_path(int x, int cell_number);
  int global_pool(int x);
  int dropout(int x);
  int linear(int x, const std::string& scope, int outputs);

  /// Windows of `op` lie as PyTorch's: (kernel - 1) / 2 pixels of padding on every side.
  void centre(int op);
  /// The weights of `op` start with this standard deviation.
  void start_with(int op, double deviation);
  /// The operator `op` again, with the same parameters, of the value `x`.
  int again(int op, int x);

  /// Halves height and width, keeping pixels of both parities (TF-slim's factorized_reduction):
  /// names path1_conv, path2_conv and final_path_bn under `scope`. One filter has path1_conv alone.
  /// The caller applies the ReLU.
  int factorized_reduction(int x, const std::string& scope, int filters);

 private:
  bool is_there(int op) const { return op >= 0 && op < static_cast<int>(relu_of_.size()); }
  int append(Operator op);
  void parameter(Operator& op, const std::string& name, ParameterRole role,
                 std::vector<int64_t> shape);
  void normalization_parameters(Operator& op, const std::string& scope, bool statistics);

  Graph& graph_;
  int section_ = 0;
  std::vector<int> relu_of_;  // by operator; -1 where there is none yet
};

}  // namespace nasnet::graph
