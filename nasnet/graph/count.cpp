// Parameters and multiply-adds by section, as the paper counts them: convolutions and linear
// layers, for one image, without batch norms.

#include "nasnet/graph/count.h"

#include "nasnet/base/check.h"

namespace nasnet::graph {

Counts& Counts::operator+=(const Counts& other) {
  parameters += other.parameters;
  statistics += other.statistics;
  multiply_adds += other.multiply_adds;
  return *this;
}

std::vector<Counts> count_sections(const Graph& graph) {
  std::vector<Counts> counts(graph.sections.size());
  // Operators may share parameters, which belong to the first.
  std::vector<bool> counted(graph.parameters.size());
  for (const Operator& op : graph.operators) {
    NASNET_CHECK(op.section < static_cast<int>(counts.size()), "operators stand in a section");
    Counts& section = counts[op.section];
    section.multiply_adds += op.multiply_adds(graph.operators);
    for (int i = 0; i < op.parameter_count; ++i) {
      const int index = op.first_parameter + i;
      if (counted[index]) continue;
      counted[index] = true;
      const Parameter& parameter = graph.parameters[index];
      (parameter.trainable() ? section.parameters : section.statistics) += parameter.elements();
    }
  }
  return counts;
}

Counts count(const Graph& graph, bool with_auxiliary_head) {
  Counts total;
  const std::vector<Counts> sections = count_sections(graph);
  for (size_t i = 0; i < sections.size(); ++i) {
    if (with_auxiliary_head || graph.sections[i].name != kAuxiliarySection) total += sections[i];
  }
  return total;
}

}  // namespace nasnet::graph
