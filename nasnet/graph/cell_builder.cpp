// Wires a cell as TF-slim's nasnet_utils.py does, in its order: released weights are matched by
// name, and initial values are drawn by name.

#include "nasnet/graph/cell_builder.h"

#include <fmt/format.h>

namespace nasnet::graph {
namespace {

using space::Combine;
using space::Operation;
using space::OperationFamily;

class CellBuilder {
 public:
  CellBuilder(Builder& builder, const space::Cell& cell, const CellPlace& place)
      : builder_(builder), cell_(cell), place_(place) {}

  CellOutput build(const CellOutput& net, const CellOutput& previous) {
    if (cell_.separate_outputs) {
      project_all(net);
    } else {
      // State 1 comes first, as in slim: the order of the parameters follows it.
      const int matched = match_previous(net[0], previous);
      states_ = {project(net[0], "1x1", "beginning_bn"), matched};
    }
    for (size_t i = 0; i < cell_.blocks.size(); ++i) states_.push_back(block(i));
    return output();
  }

 private:
  std::string scoped(const std::string& name) const { return place_.scope + "/" + name; }

  int project(int x, const std::string& conv, const std::string& norm) {
    const int projected = builder_.conv(builder_.relu(x), scoped(conv), place_.filters);
    return builder_.batch_norm(projected, scoped(norm));
  }

  /// State 1: the output before the last, made to fit the last in size, and F channels wide.
  int match_previous(int net, const CellOutput& previous) {
    if (previous.empty()) return net;
    const int prev = previous[0];
    if (builder_.shape(prev).width != builder_.shape(net).width)
      return builder_.factorized_reduction(builder_.relu(prev), place_.scope, place_.filters);
    if (builder_.shape(prev).channels != place_.filters)
      return project(prev, "prev_1x1", "prev_bn");
    return prev;
  }

  /// Cells with separate outputs: every input is an output of the cell before and is always
  /// projected (docs/decisions.md, NASNet-B).
  void project_all(const CellOutput& net) {
    for (size_t k = 0; k < net.size(); ++k)
      states_.push_back(
          project(net[k], fmt::format("input_{}_1x1", k), fmt::format("input_{}_bn", k)));
  }

  int block(size_t index) {
    const space::Block& block = cell_.blocks[index];
    const std::string scope = scoped(fmt::format("comb_iter_{}", index));
    const int left = operation(block.left, block.left_op, scope + "/left");
    const int right = operation(block.right, block.right_op, scope + "/right");
    switch (block.combine) {
      case Combine::kAdd:
        return builder_.add(left, right);
      case Combine::kConcat:
        return builder_.concat({left, right});
      case Combine::kLayerNormAdd:
        return builder_.normalize(OperatorKind::kLayerNorm, builder_.add(left, right),
                                  scope + "/layer_norm");
      case Combine::kInstanceNormAdd:
        return builder_.normalize(OperatorKind::kInstanceNorm, builder_.add(left, right),
                                  scope + "/instance_norm");
    }
    return left;
  }

  /// The operation on a state, F channels wide. Only the cell's inputs are halved by a reduction
  /// cell; the results of blocks are small already.
  int operation(int state, Operation operation, const std::string& scope) {
    const space::OperationInfo& info = space::info(operation);
    const int x = states_[state];
    const int stride = state < cell_.inputs ? place_.stride : 1;
    if (info.family == OperationFamily::kIdentity) return identity(x, stride, scope);
    return builder_.drop_path(branch(x, info, stride, scope), place_.cell_number);
  }

  int identity(int x, int stride, const std::string& scope) {
    if (stride == 1 && builder_.shape(x).channels == place_.filters) return x;
    const int conv = builder_.conv(builder_.relu(x), scope + "/1x1", place_.filters, 1, stride);
    return builder_.batch_norm(conv, scope + "/bn_1");
  }

  int branch(int x, const space::OperationInfo& info, int stride, const std::string& scope) {
    switch (info.family) {
      case OperationFamily::kSeparable: {
        const int first = separable(x, info, stride, scope, 1);
        return separable(first, info, 1, scope, 2);
      }
      case OperationFamily::kDilatedSeparable:
        return separable(x, info, stride, scope, 1);
      case OperationFamily::kConv:
        return conv(x, info.kernel, info.kernel, stride, stride, info.dilation, scope);
      case OperationFamily::kConvPair: {
        const int first = conv(x, 1, info.kernel, 1, stride, 1, scope);
        return conv(first, info.kernel, 1, stride, 1, 1, scope);
      }
      case OperationFamily::kAvgPool:
        return pool(OperatorKind::kAvgPool, x, info.kernel, stride, scope);
      case OperationFamily::kMaxPool:
        return pool(OperatorKind::kMaxPool, x, info.kernel, stride, scope);
      case OperationFamily::kIdentity:
        break;
    }
    return x;
  }

  int separable(int x, const space::OperationInfo& info, int stride, const std::string& scope,
                int layer) {
    const std::string size = fmt::format("{0}x{0}_{1}", info.kernel, layer);
    const std::string folder = scope + "/separable_" + size;
    const int depthwise =
        builder_.depthwise(builder_.relu(x), folder, info.kernel, stride, info.dilation);
    const int pointwise = builder_.pointwise(depthwise, folder, place_.filters);
    return builder_.batch_norm(pointwise, scope + "/bn_sep_" + size);
  }

  int conv(int x, int height, int width, int stride_height, int stride_width, int dilation,
           const std::string& scope) {
    const std::string size = fmt::format("{}x{}", height, width);
    const int result = builder_.conv(builder_.relu(x), scope + "/conv_" + size, place_.filters,
                                     height, width, stride_height, stride_width, dilation);
    return builder_.batch_norm(result, scope + "/bn_" + size);
  }

  int pool(OperatorKind kind, int x, int kernel, int stride, const std::string& scope) {
    // The ports deviate at stride 2 only.
    const bool zeros =
        stride == 2 && (kind == OperatorKind::kAvgPool ? place_.pooling != Pooling::kSlim
                                                       : place_.pooling == Pooling::kKeras);
    const int pooled = builder_.pool(kind, x, kernel, stride, true, zeros);
    if (builder_.shape(pooled).channels == place_.filters) return pooled;
    return builder_.batch_norm(builder_.conv(pooled, scope + "/1x1", place_.filters),
                               scope + "/bn_1");
  }

  /// An input that the cell passes on must have the size of the blocks' results (TF-slim's
  /// _combine_unused_states). The results of blocks never need it: a concatenating block's is
  /// wider, and stays so.
  int fit(int state) {
    const int x = states_[state];
    if (state >= cell_.inputs) return x;
    const std::string scope = scoped(fmt::format("cell_output/reduction_{}", state));
    const int last = states_.back();
    if (builder_.shape(x).width != builder_.shape(last).width)
      return builder_.factorized_reduction(x, scope, place_.filters);
    if (builder_.shape(x).channels == place_.filters) return x;
    const int conv = builder_.conv(x, scope + "/path_conv", place_.filters);
    return builder_.batch_norm(conv, scope + "/path_bn");
  }

  CellOutput output() {
    std::vector<int> parts;
    for (const int state : cell_.outputs) parts.push_back(fit(state));
    if (cell_.separate_outputs) return parts;
    return {builder_.concat(parts)};
  }

  Builder& builder_;
  const space::Cell& cell_;
  const CellPlace& place_;
  std::vector<int> states_;
};

}  // namespace

CellOutput build_cell(Builder& builder, const space::Cell& cell, const CellOutput& net,
                      const CellOutput& previous, const CellPlace& place) {
  return CellBuilder(builder, cell, place).build(net, previous);
}

}  // namespace nasnet::graph
