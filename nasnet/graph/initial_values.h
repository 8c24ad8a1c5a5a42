#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::graph {

/// The starting values of a parameter, row-major in its shape. Weights: truncated normal (cut at
/// two sigma), sigma = Parameter::deviation or else sqrt(1.3 * 2 / fan_out), fan_out = kernel
/// height x width x output channels (k x k for depthwise kernels); gamma and variances 1, the rest
/// 0 (TF-slim's variance_scaling_initializer). Depends on (seed, name) only, so that a parameter
/// starts the same in any network.
std::vector<float> initial_values(const Parameter& parameter, uint64_t seed);

}  // namespace nasnet::graph
