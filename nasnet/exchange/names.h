#pragma once

#include <string>
#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::exchange {

/// Who named the tensors of NASNet-A on the ImageNet stacks (spec 6.1 to 6.3).
enum class Convention {
  kSlim,          ///< TF-slim, and nasnet's own files
  kKeras,         ///< "layer/weight" of keras.applications.nasnet
  kTorch,         ///< timm's nasnetalarge and Cadene's nasnetalarge
  kCadeneMobile,  ///< Cadene's nasnetamobile: as kTorch, but the numbers of its cells have gaps
};

inline constexpr Convention kConventions[] = {Convention::kSlim, Convention::kKeras,
                                              Convention::kTorch, Convention::kCadeneMobile};

/// "slim", "keras", "pytorch", "cadene-mobile".
std::string convention_name(Convention convention);

/// The convention's name of each of the graph's parameters, in their order; "" for those that it
/// does not have (the auxiliary head, operations that NASNet-A does not use).
std::vector<std::string> foreign_names(const graph::Graph& graph, Convention convention);

}  // namespace nasnet::exchange
