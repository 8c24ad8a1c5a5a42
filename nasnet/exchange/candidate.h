#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/exchange/families.h"
#include "nasnet/exchange/import.h"

namespace nasnet::exchange {

/// A network that the file may hold, and how well it fits.
struct Candidate {
  std::shared_ptr<const graph::Graph> graph;
  Convention convention = Convention::kSlim;
  std::map<std::string, size_t> names;  ///< the graph's parameters by the convention's names
  std::vector<Family> families;         ///< the file's sets of its tensors
  TensorLayout layout = TensorLayout::kTorch;
  double score = 0;

  /// Tensors of a family whose shapes are the network's in a layout.
  int64_t fitting(const WeightFile& file, const Family& family, TensorLayout in) const;
};

/// The network that most of the file's tensors belong to, and its genotype; without families where
/// there is none.
std::pair<Candidate, space::Genotype> best_candidate(const WeightFile& file,
                                                     const ImportHints& hints);

}  // namespace nasnet::exchange
