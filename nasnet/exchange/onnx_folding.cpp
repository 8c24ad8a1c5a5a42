#include "nasnet/exchange/onnx_folding.h"

#include <algorithm>
#include <cmath>

#include "nasnet/base/check.h"

// Batch norms and biases are folded into convolutions where nothing else reads what stands between:
// in inference both are one scale and one shift a channel. Scales are reckoned in double precision,
// as they are rounded once more with each weight.

namespace nasnet::exchange {
namespace {

using graph::Operator;
using graph::OperatorKind;

/// By operator: the needed ones that read its result, and whoever wants it as an output.
std::vector<int> count_readers(const graph::Graph& graph, const std::vector<int>& outputs,
                               const std::vector<bool>& needed) {
  std::vector<int> readers(graph.operators.size(), 0);
  for (const int output : outputs) ++readers[output];
  for (size_t i = 0; i < needed.size(); ++i)
    if (needed[i])
      for (const int input : graph.operators[i].inputs) ++readers[input];
  return readers;
}

/// A scale and a shift by channel.
bool is_affine(const Operator& one) {
  return one.kind == OperatorKind::kBatchNorm || one.kind == OperatorKind::kBias;
}

/// Of a bias scale = 1. Of a batch norm, with sigma^2 = variance + epsilon: scale = gamma / sigma,
/// shift = beta - mean scale.
Affine affine(const graph::Graph& graph, const ParameterValues& values, const Operator& norm) {
  const size_t first = norm.first_parameter;
  if (norm.kind == OperatorKind::kBias) {
    const std::vector<float> bias = values(first);
    return {std::vector<double>(bias.size(), 1.0), {bias.begin(), bias.end()}};
  }
  const std::vector<float> gamma = values(first), beta = values(first + 1);
  const std::vector<float> mean = values(first + 2), variance = values(first + 3);
  NASNET_CHECK(
      beta.size() == gamma.size() && mean.size() == gamma.size() && variance.size() == gamma.size(),
      "a batch norm has four parameters of one size");
  Affine result;
  for (size_t c = 0; c < gamma.size(); ++c) {
    const double scale = gamma[c] / std::sqrt(variance[c] + graph.recipe.batch_norm_epsilon);
    result.scale.push_back(scale);
    result.shift.push_back(beta[c] - mean[c] * scale);
  }
  return result;
}

}  // namespace

std::vector<bool> needed_for(const graph::Graph& graph, const std::vector<int>& outputs) {
  std::vector<bool> needed(graph.operators.size(), false);
  for (const int output : outputs) needed[output] = true;
  // Inputs stand before their readers: one pass back finds all.
  for (size_t i = needed.size(); i-- > 0;)
    if (needed[i])
      for (const int input : graph.operators[i].inputs) needed[input] = true;
  return needed;
}

std::map<int, Affine> find_folded(const graph::Graph& graph, const std::vector<int>& outputs,
                                  const ParameterValues& values) {
  const std::vector<bool> needed = needed_for(graph, outputs);
  const std::vector<int> readers = count_readers(graph, outputs, needed);
  const auto is_lone_convolution = [&](int index) {
    const OperatorKind kind = graph.operators[index].kind;
    return (kind == OperatorKind::kConv || kind == OperatorKind::kDepthwiseConv) &&
           readers[index] == 1;
  };
  std::map<int, Affine> folded;
  for (int i = 1; i < static_cast<int>(needed.size()); ++i) {
    const Operator& norm = graph.operators[i];
    if (!needed[i] || !is_affine(norm)) continue;
    const int before = norm.inputs[0];
    std::vector<int> convolutions = {before};
    // A factorised reduction: the norm stands behind two convolutions side by side, and each gets
    // its channels' part.
    if (graph.operators[before].kind == OperatorKind::kConcat && readers[before] == 1)
      convolutions = graph.operators[before].inputs;
    if (!std::ranges::all_of(convolutions, is_lone_convolution)) continue;
    const Affine whole = affine(graph, values, norm);
    auto scale = whole.scale.begin(), shift = whole.shift.begin();
    for (const int one : convolutions) {
      const int channels = graph.operators[one].output.channels;
      NASNET_CHECK(whole.scale.end() - scale >= channels,
                   "a batch norm is as wide as the convolutions before it");
      folded[one] = {{scale, scale + channels}, {shift, shift + channels}};
      scale += channels;
      shift += channels;
    }
    folded[i] = {};
  }
  return folded;
}

}  // namespace nasnet::exchange
