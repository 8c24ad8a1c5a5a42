#include <nasnet/network.h>

#include "nasnet/api/convert.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"

// Networks are built as graphs of operators and counted, without weights: the numbers of `nasnet
// describe`.

namespace nasnet {
namespace {

Counts to_public(const graph::Counts& counts) {
  return {counts.parameters, counts.multiply_adds};
}

}  // namespace

Stack published_stack(const std::string& kind) {
  return api::to_public(graph::stack_settings(parse_enum<graph::StackKind>(kind, "stack")));
}

NetworkCounts count_network(const Genotype& genotype, const Stack& stack) {
  const graph::Graph graph = graph::build(api::to_core(genotype), api::to_core(stack));
  const std::vector<graph::Counts> counts = graph::count_sections(graph);
  NetworkCounts network{to_public(graph::count(graph)), {}};
  // One part a section: the stem, each cell, the classifier, in the order of computation.
  for (size_t i = 0; i < counts.size(); ++i) {
    const graph::Section& section = graph.sections[i];
    network.parts.push_back({section.name, section.out.height, section.out.width,
                             section.out.channels, to_public(counts[i])});
  }
  return network;
}

}  // namespace nasnet
