#include "nasnet/exchange/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/safetensors.h"

// From foreign tensors to a safetensors file of our own: all that names, types and shapes can tell
// is checked first, then each tensor is read, judged, transposed and written, one at a time. The
// file gets its name only where there was no fault.

namespace nasnet::exchange {
namespace {

using graph::ParameterRole;
using TensorShape = std::vector<int64_t>;

/// Values of the file's layout in the order of our own.
std::vector<float> to_own(const std::vector<float>& values, const graph::Parameter& parameter,
                          TensorLayout layout) {
  if (layout == TensorLayout::kTorch || parameter.shape.size() < 2) return values;
  // Both convolutions are two matrices transposed: pixels x channels to channels x pixels, where
  // channels are the (in, out) or (channel, 1) pairs, whose own order changes too.
  const TensorShape& own = parameter.shape;
  const bool linear = parameter.role == ParameterRole::kLinearWeight;
  const int64_t outer = own[0], inner = own[1], pixels = linear ? 1 : own[2] * own[3];
  NASNET_CHECK(outer * inner * pixels == std::ssize(values), "values fill their parameter's shape");
  const bool depthwise = parameter.role == ParameterRole::kDepthwiseWeight;
  std::vector<float> result(values.size());
  for (int64_t p = 0; p < pixels; ++p)
    for (int64_t i = 0; i < inner; ++i)
      for (int64_t o = 0; o < outer; ++o) {
        const int64_t from = depthwise ? (p * outer + o) * inner + i : (p * inner + i) * outer + o;
        result[(o * inner + i) * pixels + p] = values[from];
      }
  return result;
}

std::string shape_text(const TensorShape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// The faults that keep a file from being imported. A wrong file has one for every tensor: three
/// are named.
class Faults {
 public:
  void add(std::string fault) {
    if (first_.size() < 3) first_.push_back(std::move(fault));
    ++count_;
  }

  void demand_none(const std::string& file) const {
    if (count_ == 0) return;
    throw InputError(fmt::format("{} does not fit the network, nothing was imported: {}{}", file,
                                 fmt::join(first_, "; "),
                                 count_ > 3 ? fmt::format("; and {} more", count_ - 3) : ""));
  }

 private:
  std::vector<std::string> first_;
  size_t count_ = 0;
};

/// Everything that can be told before a value is read.
Faults check_tensors(const WeightFile& file, const graph::Graph& graph, const Recognised& found) {
  Faults faults;
  const std::vector<std::string> names = foreign_names(graph, found.convention);
  NASNET_CHECK(names.size() == graph.parameters.size() && found.tensors.size() == names.size(),
               "a name, and a tensor or none, for each parameter");
  for (size_t i = 0; i < graph.parameters.size(); ++i) {
    if (!found.tensors[i]) {
      faults.add((names[i].empty() ? graph.parameters[i].name : names[i]) + " is missing");
      continue;
    }
    const ForeignTensor& tensor = file.tensors()[*found.tensors[i]];
    const TensorShape expected = foreign_shape(graph.parameters[i], found.layout);
    if (!is_floating(tensor.type)) {
      faults.add(fmt::format("{} is of type '{}', no float of 16, 32 or 64 bits", tensor.name,
                             tensor.type));
    } else if (tensor.shape != expected) {
      faults.add(fmt::format("{} has shape {}, not {}", tensor.name, shape_text(tensor.shape),
                             shape_text(expected)));
    }
  }
  for (const size_t tensor : found.surplus)
    faults.add(file.tensors()[tensor].name + " is not wanted");
  return faults;
}

/// "" where a network can compute with the values.
std::string fault_of(const std::vector<float>& values, const graph::Parameter& parameter) {
  if (static_cast<int64_t>(values.size()) != parameter.elements()) return "has no values";
  if (!all_finite(values)) return "holds values that are not finite";
  const float least = *std::min_element(values.begin(), values.end());
  if (parameter.role == ParameterRole::kMovingVariance && least < 0)
    return fmt::format("holds a running variance below zero ({})", least);
  return "";
}

}  // namespace

TensorShape foreign_shape(const graph::Parameter& parameter, TensorLayout layout) {
  const TensorShape& own = parameter.shape;
  if (layout == TensorLayout::kTorch) return own;
  switch (parameter.role) {
    case ParameterRole::kConvWeight:
    case ParameterRole::kDepthwiseWeight:
      // [out, in, h, w] was [h, w, in, out]; [channels, 1, h, w] was [h, w, channels, 1].
      return parameter.role == ParameterRole::kConvWeight
                 ? TensorShape{own[2], own[3], own[1], own[0]}
                 : TensorShape{own[2], own[3], own[0], own[1]};
    case ParameterRole::kLinearWeight:
      return {own[1], own[0]};
    default:
      return own;
  }
}

void import_weights(const WeightFile& file, const std::string& name, const graph::Graph& graph,
                    const Recognised& found, const std::filesystem::path& out,
                    const std::function<void(int64_t)>& after) {
  Faults faults = check_tensors(file, graph, found);
  faults.demand_none(name);
  std::vector<TensorEntry> entries;
  // Tensors come in the file's order; the writer takes them in any.
  std::vector<size_t> wanted, parameter_of(file.tensors().size());
  for (size_t i = 0; i < graph.parameters.size(); ++i) {
    entries.push_back({graph.parameters[i].name, "F32", graph.parameters[i].shape});
    wanted.push_back(*found.tensors[i]);
    parameter_of[wanted.back()] = i;
  }
  NASNET_CHECK(std::set(wanted.begin(), wanted.end()).size() == wanted.size(),
               "a tensor of the file is one parameter's");
  SafetensorsWriter writer(out, std::move(entries), {{"format", "pt"}});
  int64_t done = 0;
  file.read(wanted, [&](size_t tensor, const std::vector<float>& values) {
    check_interrupt("stopped; nothing was imported");
    const size_t index = parameter_of[tensor];
    const graph::Parameter& parameter = graph.parameters[index];
    // Values are judged as they come, and all of the file is read: one run names all that is wrong.
    // Nothing stands under its name before commit().
    if (const std::string fault = fault_of(values, parameter); !fault.empty()) {
      faults.add(file.tensors()[tensor].name + " " + fault);
    } else {
      writer.write(index, bytes_of(to_own(values, parameter, found.layout)));
    }
    if (after) after(++done);
  });
  faults.demand_none(name);
  writer.commit();
}

}  // namespace nasnet::exchange
