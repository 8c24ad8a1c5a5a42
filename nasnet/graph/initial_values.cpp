// Initial weights are drawn here for all back ends, value by value, so that a seed means the same
// network on each.

#include "nasnet/graph/initial_values.h"

#include <cmath>

#include "nasnet/base/random.h"

namespace nasnet::graph {
namespace {

int64_t fan_out(const Parameter& parameter) {
  const std::vector<int64_t>& shape = parameter.shape;
  if (parameter.role == ParameterRole::kDepthwiseWeight) return shape[2] * shape[3];
  int64_t fan = shape[0];
  for (size_t i = 2; i < shape.size(); ++i) fan *= shape[i];
  return fan;
}

}  // namespace

std::vector<float> initial_values(const Parameter& parameter, uint64_t seed) {
  const int64_t count = parameter.elements();
  if (!parameter.decayed()) {
    const bool one =
        parameter.role == ParameterRole::kGamma || parameter.role == ParameterRole::kMovingVariance;
    return std::vector<float>(count, one ? 1.0f : 0.0f);
  }
  const double sigma = parameter.deviation > 0
                           ? parameter.deviation
                           : std::sqrt(1.3 * 2.0 / static_cast<double>(fan_out(parameter)));
  Random random(seed, hash64(parameter.name), "initial weights");
  std::vector<float> values(count);
  for (float& value : values) {
    double draw = random.normal();
    while (std::abs(draw) > 2.0) draw = random.normal();
    value = static_cast<float>(sigma * draw);
  }
  return values;
}

}  // namespace nasnet::graph
