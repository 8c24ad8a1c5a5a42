// Facts about single operators and parameters that follow from their kinds.

#include "nasnet/graph/graph.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"

namespace nasnet::graph {

int64_t Parameter::elements() const {
  int64_t count = 1;
  for (const int64_t edge : shape) count *= edge;
  return count;
}

bool Parameter::trainable() const {
  return !frozen && role != ParameterRole::kMovingMean && role != ParameterRole::kMovingVariance;
}

bool Parameter::decayed() const {
  return role == ParameterRole::kConvWeight || role == ParameterRole::kDepthwiseWeight ||
         role == ParameterRole::kLinearWeight;
}

int64_t Operator::multiply_adds(const std::vector<Operator>& operators) const {
  const int64_t window = int64_t{kernel_height} * kernel_width;
  switch (kind) {
    case OperatorKind::kConv:
    case OperatorKind::kLinear:
      return output.elements() * window * operators[inputs[0]].output.channels;
    case OperatorKind::kDepthwiseConv:
      return output.elements() * window;
    default:
      return 0;
  }
}

int Graph::endpoint(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& [endpoint, op] : endpoints) {
    if (endpoint == name) return op;
    names.push_back(endpoint);
  }
  throw InputError(
      fmt::format("no endpoint '{}' in this network{}", name, suggestion(name, names)));
}

}  // namespace nasnet::graph
