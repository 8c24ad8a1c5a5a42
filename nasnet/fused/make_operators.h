#pragma once

#include <memory>
#include <vector>

#include "nasnet/fused/step_operator.h"

namespace nasnet::fused {

template <class T>
using Operators = std::vector<std::unique_ptr<StepOperator<T>>>;

/// One operator for each step of the plan, which must live as long, as the graph.
template <class T>
Operators<T> make_operators(const graph::Graph& graph, const plan::Plan& plan);

}  // namespace nasnet::fused
