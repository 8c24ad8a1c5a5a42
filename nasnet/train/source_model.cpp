#include "nasnet/train/source_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/base/text.h"
#include "nasnet/train/class_match.h"
#include "nasnet/train/input_channels.h"
#include "nasnet/train/layer_groups.h"

// Tensors are taken by their names, which say the same in every network of a genotype and stack.

namespace nasnet::train {
namespace {

using network::NamedTensor;

/// Of a parameter: is it a head's, and of a linear layer, with a row a class?
struct HeadParameter {
  bool head = false, by_class = false;
  int section = 0;
};
std::vector<HeadParameter> head_parameters(const graph::Graph& graph) {
  const std::vector<LayerGroup> groups = layer_groups(graph);
  std::vector<HeadParameter> all(graph.parameters.size());
  for (const graph::Operator& op : graph.operators)
    for (int k = 0; k < op.parameter_count; ++k)
      all[op.first_parameter + k] = {groups[op.section].head,
                                     op.kind == graph::OperatorKind::kLinear, op.section};
  return all;
}

/// Rows of the classes that the source knows; both tensors have one a class.
Tensor with_rows(const Tensor& fresh, const Tensor& known, const std::vector<int>& matches) {
  const std::vector<float> from = known.row_major();
  std::vector<float> values = fresh.row_major();
  const int64_t width = fresh.size() / fresh.extent(0);
  for (size_t row = 0; row < matches.size(); ++row)
    if (matches[row] >= 0)
      std::copy_n(from.begin() + matches[row] * width, width,
                  values.begin() + static_cast<int64_t>(row) * width);
  Tensor result(fresh.shape());
  result.set_row_major(values);
  return result;
}

}  // namespace

SourceModel load_source(const std::filesystem::path& folder) {
  const nlohmann::json manifest = read_manifest(folder, ModelKind::kClassifier);
  // An unfinished model is used with its average, where it has one.
  const char* key = manifest.contains("ema") ? "ema" : "weights";
  return {folder, load_model_info(folder), file_digest(file_of(folder, manifest, key), "sha256")};
}

TakenWeights take_weights(const SourceModel& source, const ModelInfo& info,
                          network::Network& network) {
  const auto own = load_network(source.folder, source.info);
  std::vector<Tensor> trained = own->tensors();
  adapt_channels(own->graph(), source.info.normalization, info.normalization, trained);
  std::map<std::string, const Tensor*> by_name;
  for (size_t i = 0; i < trained.size(); ++i)
    by_name[own->graph().parameters[i].name] = &trained[i];

  const std::vector<int> matches = match_classes(info.classes, source.info.classes);
  TakenWeights taken;
  taken.channels_before = source.info.stack.input.channels;
  taken.channels = info.stack.input.channels;
  for (size_t i = 0; i < matches.size(); ++i)
    (matches[i] >= 0 ? taken.copied : taken.fresh).push_back(info.classes[i]);

  const std::vector<HeadParameter> heads = head_parameters(network.graph());
  std::vector<Tensor> values = network.tensors();
  std::set<int> renewed;  // heads whose rows would see other features
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string& name = network.graph().parameters[i].name;
    const auto found = by_name.find(name);
    const Tensor* known = found == by_name.end() ? nullptr : found->second;
    if (heads[i].by_class) {
      if (known && !renewed.contains(heads[i].section))
        values[i] = with_rows(values[i], *known, matches);
    } else if (known && known->shape() == values[i].shape()) {
      values[i] = *known;
      ++taken.tensors;
    } else if (heads[i].head) {
      taken.renewed.push_back(name);
      renewed.insert(heads[i].section);
    } else {
      throw InputError(
          fmt::format("{} of {} does not fit the network: it is of another genotype, "
                      "stack or size",
                      name, source.folder.string()));
    }
  }
  network.set_tensors(values);
  return taken;
}

std::string describe(const TakenWeights& taken, const std::string& source) {
  std::string text = fmt::format("from {}: {} tensors taken", source, thousands(taken.tensors));
  if (taken.channels_before != taken.channels)
    text += fmt::format(", the first convolution's for {} channels made ones for {}",
                        taken.channels_before, taken.channels);
  text += fmt::format("; class rows: {} copied, {} new", taken.copied.size(), taken.fresh.size());
  constexpr size_t kNamed = 3;
  for (size_t i = 0; i < std::min(kNamed, taken.fresh.size()); ++i)
    text += (i == 0 ? " (" : ", ") + printable(taken.fresh[i]);
  if (!taken.fresh.empty()) text += taken.fresh.size() > kNamed ? ", ...)" : ")";
  if (!taken.renewed.empty())
    text += fmt::format("; new in the auxiliary head: {} tensors", taken.renewed.size());
  return text;
}

}  // namespace nasnet::train
