#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "nasnet/exchange/names.h"
#include "nasnet/exchange/weight_file.h"
#include "nasnet/graph/graph.h"
#include "nasnet/space/cell.h"

namespace nasnet::exchange {

/// What a file of weights is a network of.
struct Recognised {
  Convention convention = Convention::kSlim;
  graph::StackSettings stack;
};

/// What the user said about the network; the rest is found out from the file.
struct ImportHints {
  std::string stack;  ///< "" to find out
  std::optional<int> cells, filters;
  graph::Pooling pooling = graph::Pooling::kSlim;
};

/// Finds out which stack and which names the file has: the pair under which most of its tensors
/// have a name, the published N and F where there are no hints, and as many classes as its last
/// layer has outputs. Throws InputError where fewer than half of the tensors are known.
Recognised recognise(const WeightFile& file, const space::Genotype& genotype,
                     const ImportHints& hints);

/// Writes the file's tensors as the graph's parameters: safetensors, float32, in nasnet's names and
/// layout; one tensor at a time. Running means and variances included; PyTorch's counters
/// ("num_batches_tracked") are left out. Throws InputError that lists every missing, extra,
/// misshapen and non-finite tensor, and every one of a type that is not read; then nothing is
/// written. `after` is called with the number of tensors done.
void import_weights(const WeightFile& file, const std::string& name, const graph::Graph& graph,
                    Convention convention, const std::filesystem::path& out,
                    const std::function<void(int64_t)>& after = {});

}  // namespace nasnet::exchange
