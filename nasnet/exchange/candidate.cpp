#include "nasnet/exchange/candidate.h"

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

// Every known network on its stacks, under every convention of names, is held against the file, and
// the best score wins. It is cheap, as only names and shapes are compared; and no file needs to say
// what it holds.

namespace nasnet::exchange {
namespace {

using Names = std::map<std::string, size_t>;

/// By name: the parameter of the graph that has it.
Names index_names(const graph::Graph& graph, Convention convention) {
  Names indices;
  const std::vector<std::string> names = foreign_names(graph, convention);
  for (size_t i = 0; i < names.size(); ++i)
    if (!names[i].empty()) indices.emplace(names[i], i);
  return indices;
}

/// The file's tensors that stand where the family's do, known or not.
int64_t members(const WeightFile& file, const Family& family) {
  int64_t count = 0;
  for (const ForeignTensor& tensor : file.tensors())
    count += tensor.name.starts_with(family.prefix) && tensor.name.ends_with(family.suffix) &&
             !is_counter(tensor.name);
  return count;
}

/// Names decide; shapes tell stacks apart that have the same names, which is why they weigh a
/// tenth. The score is a share of the file's tensors or of the network's, whichever are more:
/// neither a file that holds a part nor one that holds more passes for a better one.
void judge(const WeightFile& file, Candidate& candidate) {
  candidate.families = find_families(file, candidate.names);
  if (candidate.families.empty()) return;
  const Family& best = candidate.families[0];
  const TensorLayout own = file.layout(), other = own == TensorLayout::kTorch
                                                      ? TensorLayout::kTensorflow
                                                      : TensorLayout::kTorch;
  const int64_t as_own = candidate.fitting(file, best, own),
                as_other = candidate.fitting(file, best, other);
  candidate.layout = as_other > as_own ? other : own;
  NASNET_CHECK(std::max(as_own, as_other) <= std::ssize(best.tensors),
               "no more tensors fit than there are");
  const auto all = static_cast<double>(
      std::max(members(file, best), static_cast<int64_t>(candidate.names.size())));
  candidate.score = (static_cast<double>(best.tensors.size()) +
                     0.1 * static_cast<double>(std::max(as_own, as_other))) /
                    all;
}

std::vector<space::Genotype> genotypes(const ImportHints& hints) {
  if (hints.genotype) return {*hints.genotype};
  return {space::named_genotype("nasnet-a"), space::named_genotype("pnasnet-5")};
}

/// Where the user named no genotype, each is tried on its own stacks.
bool belongs(const space::Genotype& genotype, graph::StackKind stack, const ImportHints& hints) {
  return hints.genotype ||
         graph::stack_recipe(stack).strided_cells == (genotype.name == "pnasnet-5");
}

}  // namespace

int64_t Candidate::fitting(const WeightFile& file, const Family& family, TensorLayout in) const {
  int64_t count = 0;
  for (const auto& [name, tensor] : family.tensors)
    count += file.tensors()[tensor].shape == foreign_shape(graph->parameters[names.at(name)], in);
  return count;
}

std::pair<Candidate, space::Genotype> best_candidate(const WeightFile& file,
                                                     const ImportHints& hints) {
  Candidate best;
  space::Genotype of;
  for (const space::Genotype& genotype : genotypes(hints)) {
    for (const graph::StackKind stack : values_of_all<graph::StackKind>()) {
      if (hints.stack ? stack != hints.stack : !belongs(genotype, stack, hints)) continue;
      graph::StackSettings settings = graph::stack_settings(stack);
      settings.cells = hints.cells.value_or(settings.cells);
      settings.filters = hints.filters.value_or(settings.filters);
      const auto graph = std::make_shared<const graph::Graph>(graph::build(genotype, settings));
      for (const Convention convention : kConventions) {
        Candidate candidate{graph, convention, index_names(*graph, convention)};
        judge(file, candidate);
        // Of equals the first stays: the order of networks and conventions decides.
        if (candidate.score <= best.score) continue;
        best = std::move(candidate);
        of = genotype;
      }
    }
  }
  return {std::move(best), std::move(of)};
}

}  // namespace nasnet::exchange
