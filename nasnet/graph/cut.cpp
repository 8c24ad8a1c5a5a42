// Keeps the operators that some results need, in their order, and numbers everything anew.

#include "nasnet/graph/cut.h"

#include <algorithm>

#include "nasnet/base/check.h"

namespace nasnet::graph {
namespace {

/// New indices of what is kept, by the old ones; -1 of what is not.
std::vector<int> numbered(const std::vector<bool>& kept) {
  std::vector<int> numbers;
  int next = 0;
  for (const bool one : kept) numbers.push_back(one ? next++ : -1);
  return numbers;
}

template <class T>
std::vector<T> kept_of(const std::vector<T>& values, const std::vector<bool>& kept) {
  std::vector<T> some;
  for (size_t i = 0; i < values.size(); ++i)
    if (kept[i]) some.push_back(values[i]);
  return some;
}

}  // namespace

Cut cut(const Graph& graph, const std::vector<int>& outputs) {
  std::vector<bool> operators(graph.operators.size()), parameters(graph.parameters.size()),
      sections(graph.sections.size());
  operators.at(0) = true;  // the input
  for (const int output : outputs) operators.at(output) = true;
  for (size_t i = operators.size(); i-- > 0;) {
    if (!operators[i]) continue;
    const Operator& op = graph.operators[i];
    for (const int input : op.inputs) operators[input] = true;
    for (int k = 0; k < op.parameter_count; ++k) parameters[op.first_parameter + k] = true;
    sections[op.section] = true;
  }
  const std::vector<int> operator_of = numbered(operators), parameter_of = numbered(parameters),
                         section_of = numbered(sections);
  const auto renumbered = [&](int op) { return op < 0 ? -1 : operator_of.at(op); };

  Cut result{graph, {}};
  Graph& part = result.graph;
  part.operators = kept_of(graph.operators, operators);
  part.parameters = kept_of(graph.parameters, parameters);
  part.sections = kept_of(graph.sections, sections);
  for (Operator& op : part.operators) {
    for (int& input : op.inputs) input = renumbered(input);
    if (op.parameter_count > 0) op.first_parameter = parameter_of.at(op.first_parameter);
    op.section = section_of.at(op.section);
  }
  for (auto& [name, op] : part.endpoints) op = renumbered(op);
  std::erase_if(part.endpoints, [](const auto& endpoint) { return endpoint.second < 0; });
  part.logits = renumbered(part.logits);
  part.auxiliary_logits = renumbered(part.auxiliary_logits);
  for (const int output : outputs) result.outputs.push_back(renumbered(output));
  return result;
}

void freeze_batch_norms(Graph& graph, FrozenNorms frozen) {
  for (Operator& op : graph.operators) {
    if (op.kind != OperatorKind::kBatchNorm) continue;
    NASNET_CHECK(op.parameter_count == 4, "gamma, beta, mean and variance");
    op.frozen = true;
    for (int k = 0; k < 2; ++k)
      graph.parameters[op.first_parameter + k].frozen = frozen == FrozenNorms::kAll;
  }
}

void freeze_sections(Graph& graph, const std::vector<bool>& frozen) {
  for (Operator& op : graph.operators) {
    if (!frozen.at(op.section)) continue;
    op.frozen = true;
    for (int k = 0; k < op.parameter_count; ++k)
      graph.parameters[op.first_parameter + k].frozen = true;
  }
}

}  // namespace nasnet::graph
