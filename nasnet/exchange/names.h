#pragma once

#include <string>
#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::exchange {

/// The convention that names the tensors of NASNet-A and PNASNet-5 on the ImageNet stacks.
enum class Convention {
  kSlim,           ///< TF-slim, and nasnet's own files
  kKeras,          ///< "layer/weight" of keras.applications.nasnet
  kKerasNumbered,  ///< the same network in files that count its layers: "conv2d_7/vars/0"
  kTorch,          ///< timm's nasnetalarge and Cadene's nasnetalarge
  kCadeneMobile,   ///< Cadene's nasnetamobile: as kTorch, but the numbers of its cells have gaps
  kTorchPnasnet,   ///< timm's and Cadene's pnasnet5large
};

inline constexpr Convention kConventions[] = {
    Convention::kSlim,  Convention::kKeras,        Convention::kKerasNumbered,
    Convention::kTorch, Convention::kCadeneMobile, Convention::kTorchPnasnet};

/// "slim", "keras", "keras-numbered", "pytorch", "cadene-mobile", "pytorch-pnasnet".
std::string convention_name(Convention convention);

/// The convention's name of each of the graph's parameters, in their order; "" for those that it
/// does not have (the auxiliary head, operations that NASNet-A does not use).
std::vector<std::string> foreign_names(const graph::Graph& graph, Convention convention);

}  // namespace nasnet::exchange
