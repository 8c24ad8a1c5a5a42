#include "nasnet/exchange/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/safetensors.h"
#include "nasnet/exchange/number_types.h"
#include "nasnet/graph/build.h"

namespace nasnet::exchange {
namespace {

using graph::ParameterRole;
using Shape = std::vector<int64_t>;

bool is_counter(const std::string& name) {
  return name.ends_with("num_batches_tracked");
}

/// The parameter's shape in the file's layout.
Shape foreign_shape(const graph::Parameter& parameter, TensorLayout layout) {
  const Shape& own = parameter.shape;
  if (layout == TensorLayout::kTorch) return own;
  switch (parameter.role) {
    case ParameterRole::kConvWeight:
    case ParameterRole::kDepthwiseWeight:
      // [out, in, h, w] was [h, w, in, out]; [channels, 1, h, w] was [h, w, channels, 1].
      return parameter.role == ParameterRole::kConvWeight ? Shape{own[2], own[3], own[1], own[0]}
                                                          : Shape{own[2], own[3], own[0], own[1]};
    case ParameterRole::kLinearWeight:
      return {own[1], own[0]};
    default:
      return own;
  }
}

/// Values of the file's layout in the order of our own.
std::vector<float> to_own(const std::vector<float>& values, const graph::Parameter& parameter,
                          TensorLayout layout) {
  if (layout == TensorLayout::kTorch || parameter.shape.size() < 2) return values;
  // Both convolutions are two matrices transposed: pixels x channels to channels x pixels, where
  // channels are the (in, out) or (channel, 1) pairs, whose own order changes too.
  const Shape& own = parameter.shape;
  const bool linear = parameter.role == ParameterRole::kLinearWeight;
  const auto outer = static_cast<size_t>(own[0]), inner = static_cast<size_t>(own[1]);
  const size_t pixels = linear ? 1 : static_cast<size_t>(own[2] * own[3]);
  const bool depthwise = parameter.role == ParameterRole::kDepthwiseWeight;
  std::vector<float> result(values.size());
  for (size_t p = 0; p < pixels; ++p)
    for (size_t i = 0; i < inner; ++i)
      for (size_t o = 0; o < outer; ++o) {
        const size_t from = depthwise ? (p * outer + o) * inner + i : (p * inner + i) * outer + o;
        result[(o * inner + i) * pixels + p] = values[from];
      }
  return result;
}

/// By name: the parameter of the graph that has it.
std::map<std::string, size_t> index_names(const graph::Graph& graph, Convention convention) {
  std::map<std::string, size_t> indices;
  const std::vector<std::string> names = foreign_names(graph, convention);
  for (size_t i = 0; i < names.size(); ++i)
    if (!names[i].empty()) indices.emplace(names[i], i);
  return indices;
}

std::string shape_text(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// What keeps a file from being imported, found before a value is read.
class Check {
 public:
  Check(const WeightFile& file, const graph::Graph& graph, Convention convention)
      : parameter_of(file.tensors().size(), kNone) {
    const std::map<std::string, size_t> wanted = index_names(graph, convention);
    std::vector<bool> found(graph.parameters.size(), false);
    for (size_t i = 0; i < file.tensors().size(); ++i) {
      const ForeignTensor& tensor = file.tensors()[i];
      const auto known = wanted.find(tensor.name);
      if (known == wanted.end()) {
        if (!is_counter(tensor.name)) faults.push_back(tensor.name + " is not wanted");
        continue;
      }
      const size_t index = known->second;
      const Shape expected = foreign_shape(graph.parameters[index], file.layout());
      if (found[index]) {
        faults.push_back(tensor.name + " is there twice");
      } else if (tensor.shape != expected) {
        faults.push_back(fmt::format("{} has shape {}, not {}", tensor.name,
                                     shape_text(tensor.shape), shape_text(expected)));
      } else if (!is_floating(tensor.type)) {
        faults.push_back(
            fmt::format("{} is of type '{}', which is not read", tensor.name, tensor.type));
      } else {
        parameter_of[i] = index;
      }
      found[index] = true;
    }
    for (const auto& [name, index] : wanted)
      if (!found[index]) faults.push_back(name + " is missing");
  }

  static constexpr size_t kNone = ~size_t{0};
  std::vector<std::string> faults;
  std::vector<size_t> parameter_of;  // by tensor of the file
};

void demand_no_faults(const std::vector<std::string>& faults, const std::string& file) {
  if (!faults.empty())
    throw InputError(fmt::format("{} does not fit the network, nothing was imported: {}", file,
                                 fmt::join(faults, "; ")));
}

/// Outputs of the last layer, which the file's name for it tells.
std::optional<int> classes_in(const WeightFile& file, const graph::Graph& graph,
                              Convention convention) {
  const std::map<std::string, size_t> names = index_names(graph, convention);
  for (const ForeignTensor& tensor : file.tensors()) {
    const auto found = names.find(tensor.name);
    if (found == names.end()) continue;
    const graph::Parameter& parameter = graph.parameters[found->second];
    if (parameter.role == ParameterRole::kBias && tensor.shape.size() == 1 &&
        tensor.shape[0] >= 2 && tensor.shape[0] <= 1'000'000)
      return static_cast<int>(tensor.shape[0]);
  }
  return {};
}

}  // namespace

Recognised recognise(const WeightFile& file, const space::Genotype& genotype,
                     const ImportHints& hints) {
  int64_t tensors = 0;
  for (const ForeignTensor& tensor : file.tensors()) tensors += !is_counter(tensor.name);
  Recognised best;
  double best_share = 0;
  for (const std::string& stack : graph::stack_names()) {
    if (!hints.stack.empty() && stack != hints.stack) continue;
    graph::StackSettings settings = graph::stack_settings(stack);
    settings.cells = hints.cells.value_or(settings.cells);
    settings.filters = hints.filters.value_or(settings.filters);
    settings.pooling = hints.pooling;
    const graph::Graph graph = graph::build(genotype, settings);
    for (const Convention convention : kConventions) {
      const std::map<std::string, size_t> names = index_names(graph, convention);
      int64_t known = 0, fitting = 0;
      for (const ForeignTensor& tensor : file.tensors()) {
        const auto found = names.find(tensor.name);
        if (found == names.end()) continue;
        ++known;
        fitting += tensor.shape == foreign_shape(graph.parameters[found->second], file.layout());
      }
      const auto all =
          static_cast<double>(std::max<int64_t>({tensors, static_cast<int64_t>(names.size()), 1}));
      // Names decide; shapes tell stacks apart that have the same names.
      const double share = (static_cast<double>(known) + 1e-3 * static_cast<double>(fitting)) / all;
      if (share <= best_share) continue;
      best_share = share;
      best = {convention, settings};
      best.stack.classes = classes_in(file, graph, convention).value_or(settings.classes);
    }
  }
  if (best_share < 0.5)
    throw InputError(fmt::format(
        "these are no weights of {} on {}: of {} tensors ({}, ...) too few have a name that "
        "TF-slim, Keras, timm or Cadene give; --stack, --cells and --filters describe another size",
        genotype.name, hints.stack.empty() ? "any stack" : "the " + hints.stack + " stack",
        file.tensors().size(), file.tensors().empty() ? "none" : file.tensors()[0].name));
  return best;
}

void import_weights(const WeightFile& file, const std::string& name, const graph::Graph& graph,
                    Convention convention, const std::filesystem::path& out,
                    const std::function<void(int64_t)>& after) {
  Check check(file, graph, convention);
  demand_no_faults(check.faults, name);
  std::vector<TensorEntry> entries;
  for (const graph::Parameter& parameter : graph.parameters)
    entries.push_back({parameter.name, "F32", parameter.shape});
  SafetensorsWriter writer(out, std::move(entries), {{"format", "pt"}});
  int64_t done = 0;
  file.read_all([&](size_t i, const std::vector<float>& values) {
    check_interrupt("stopped; nothing was imported");
    const size_t index = check.parameter_of[i];
    if (index == Check::kNone) return;
    const graph::Parameter& parameter = graph.parameters[index];
    const std::string& foreign = file.tensors()[i].name;
    if (static_cast<int64_t>(values.size()) != parameter.elements()) {
      check.faults.push_back(foreign + " has no values");
    } else if (!std::all_of(values.begin(), values.end(),
                            [](float x) { return std::isfinite(x); })) {
      check.faults.push_back(foreign + " holds values that are not finite");
    } else {
      const std::vector<float> own = to_own(values, parameter, file.layout());
      writer.write(index, {reinterpret_cast<const char*>(own.data()), own.size() * sizeof(float)});
    }
    if (after) after(++done);
  });
  demand_no_faults(check.faults, name);
  writer.commit();
}

}  // namespace nasnet::exchange
