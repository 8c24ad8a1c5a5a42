#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/exchange/names.h"
#include "nasnet/exchange/weight_file.h"
#include "nasnet/graph/graph.h"
#include "nasnet/space/cell.h"

namespace nasnet::exchange {

/// The user's words about the network; the rest is found out from the file.
struct ImportHints {
  std::optional<space::Genotype> genotype;  ///< else NASNet-A and PNASNet-5 are tried
  std::optional<graph::StackKind> stack;
  std::optional<int> cells, filters;
  std::optional<graph::Pooling> pooling;  ///< else the port's, where names tell the port
  std::string weights;  ///< "raw", "ema", or a prefix as the file has it; "" for the average if any
};

/// A network that was found in a file of weights.
struct Recognised {
  space::Genotype genotype;
  Convention convention = Convention::kSlim;
  graph::StackSettings stack;
  TensorLayout layout = TensorLayout::kTorch;
  std::string port;  ///< whose file it is: "TF-slim", "Keras", "timm", "Cadene", "timm or Cadene"
  std::string weights;  ///< which were taken: "raw", "ema"
  /// By parameter of the graph that is built of genotype and stack: its tensor in the file, if any.
  std::vector<std::optional<size_t>> tensors;
  std::vector<size_t> surplus;     ///< tensors among them that the network does not have
  std::vector<std::string> notes;  ///< what a user should know of choices made, a sentence each
};

/// Finds out which network the file holds, under whose names and behind which prefix: those under
/// which most of its tensors have a name; the published N and F where there are no hints, and as
/// many classes as its last layer has outputs. Of several sets of weights it takes the averaged
/// one. Throws InputError where fewer than half of a network's tensors are there, where it has no
/// classifier, or where several sets are equally good.
Recognised recognise(const WeightFile& file, const ImportHints& hints);

/// Writes the file's tensors as the graph's parameters: safetensors, float32, in nasnet's names and
/// layout; one tensor at a time. Running means and variances included; PyTorch's counters
/// ("num_batches_tracked") are left out. Throws InputError that counts the missing, surplus,
/// misshapen and non-finite tensors, those of a type that is not read and running variances below
/// zero, and names the first three; then nothing is written. `after` is called with the number of
/// tensors done.
void import_weights(const WeightFile& file, const std::string& name, const graph::Graph& graph,
                    const Recognised& found, const std::filesystem::path& out,
                    const std::function<void(int64_t)>& after = {});

/// The parameter's shape in a file of this layout.
std::vector<int64_t> foreign_shape(const graph::Parameter& parameter, TensorLayout layout);

}  // namespace nasnet::exchange
