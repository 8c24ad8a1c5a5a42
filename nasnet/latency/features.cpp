#include "nasnet/latency/features.h"

#include <vector>

// Few kinds, as some thirty networks are to tell what each costs: counts by stage or by stride are
// nearly multiples of each other, since a stack repeats its cells, and made held-out errors larger
// (docs/latency.md has the comparison).

namespace nasnet::latency {
namespace {

using graph::Operator, graph::OperatorKind;

constexpr const char* kWork = "a million multiply-adds";
constexpr double kMillion = 1e6;

constexpr std::array<FeatureName, kFeatures> kNames = {
    {{"constant", "a network", 1},
     {"operator", "an operator", 1},
     {"pointwise", kWork, kMillion},
     {"convolution", kWork, kMillion},
     {"depthwise 3x3", kWork, kMillion},
     {"depthwise 5x5", kWork, kMillion},
     {"depthwise 7x7", kWork, kMillion},
     {"depthwise other", kWork, kMillion},
     {"average pool", "a million values x edge", kMillion},
     {"max pool", "a million values x edge", kMillion},
     {"element-wise", "a million values", kMillion}}};

Feature depthwise_of(int kernel) {
  switch (kernel) {
    case 3:
      return Feature::kDepthwise3;
    case 5:
      return Feature::kDepthwise5;
    case 7:
      return Feature::kDepthwise7;
    default:
      return Feature::kDepthwiseOther;
  }
}

/// The operators that a result depends on; all where there is none (-1).
std::vector<bool> read_by(const graph::Graph& graph, int result) {
  std::vector<bool> read(graph.operators.size(), result < 0);
  if (result < 0) return read;
  read[result] = true;
  for (size_t k = read.size(); k-- > 0;)
    if (read[k])
      for (const int input : graph.operators[k].inputs) read[input] = true;
  return read;
}

/// Adds an operator's own work; false for what inference leaves out.
bool add_work(const Operator& op, const std::vector<Operator>& all, Features& features) {
  const auto values = static_cast<double>(op.output.elements());
  const auto add = [&](Feature feature, double count) {
    features[static_cast<size_t>(feature)] += count;
  };
  switch (op.kind) {
    case OperatorKind::kInput:
    case OperatorKind::kDropPath:
    case OperatorKind::kDropout:
      return false;
    case OperatorKind::kConv:
      add(op.kernel_height * op.kernel_width == 1 ? Feature::kPointwise : Feature::kConvolution,
          static_cast<double>(op.multiply_adds(all)));
      return true;
    case OperatorKind::kLinear:
      add(Feature::kPointwise, static_cast<double>(op.multiply_adds(all)));
      return true;
    case OperatorKind::kDepthwiseConv:
      add(depthwise_of(op.kernel_height), static_cast<double>(op.multiply_adds(all)));
      return true;
    case OperatorKind::kAvgPool:
      add(Feature::kAveragePool, values * op.kernel_height);
      return true;
    case OperatorKind::kMaxPool:
      add(Feature::kMaxPool, values * op.kernel_height);
      return true;
    case OperatorKind::kGlobalPool:
      add(Feature::kElementwise, static_cast<double>(all[op.inputs[0]].output.elements()));
      return true;
    case OperatorKind::kRelu:
    case OperatorKind::kBatchNorm:
    case OperatorKind::kBias:
    case OperatorKind::kUpsample:
    case OperatorKind::kSubsample:
    case OperatorKind::kZero:
    case OperatorKind::kAdd:
    case OperatorKind::kConcat:
    case OperatorKind::kSlice:
    case OperatorKind::kLayerNorm:
    case OperatorKind::kInstanceNorm:
      add(Feature::kElementwise, values);
      return true;
  }
  return false;
}

}  // namespace

const FeatureName& name_of(Feature feature) {
  return kNames[static_cast<size_t>(feature)];
}

Features count_features(const graph::Graph& graph) {
  Features features{};
  features[static_cast<size_t>(Feature::kConstant)] = 1;
  const std::vector<bool> read = read_by(graph, graph.logits);
  for (size_t k = 0; k < graph.operators.size(); ++k)
    if (read[k] && add_work(graph.operators[k], graph.operators, features))
      ++features[static_cast<size_t>(Feature::kOperators)];
  return features;
}

}  // namespace nasnet::latency
