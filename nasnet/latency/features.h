#pragma once

#include <array>
#include <string>

#include "nasnet/graph/graph.h"

namespace nasnet::latency {

/// A kind of operator, by which a network's work is counted.
enum class Feature {
  kConstant,     ///< 1 a network
  kOperators,    ///< operators that a program would run one by one
  kPointwise,    ///< multiply-adds of 1x1 convolutions and linear layers
  kConvolution,  ///< multiply-adds of other dense convolutions
  kDepthwise3,   ///< multiply-adds
  kDepthwise5,
  kDepthwise7,
  kDepthwiseOther,
  kAveragePool,  ///< values of the result times the window's edge
  kMaxPool,
  kElementwise,  ///< values that norms, ReLUs, sums, copies and concatenations write
};
inline constexpr int kFeatures = static_cast<int>(Feature::kElementwise) + 1;

struct FeatureName {
  const char* name;  ///< "depthwise 3x3", as in files
  const char* unit;  ///< "a million multiply-adds", of which a table for people tells the costs
  double per;        ///< counts that make such a unit: 1e6
};
const FeatureName& name_of(Feature feature);

/// How much of each kind, for one image in inference: the auxiliary head, drop-path and dropout are
/// left out.
using Features = std::array<double, kFeatures>;
Features count_features(const graph::Graph& graph);

}  // namespace nasnet::latency
