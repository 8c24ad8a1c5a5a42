#include "nasnet/exchange/names.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "nasnet/base/check.h"
#include "nasnet/exchange/keras_numbers.h"

// TF-slim's names are the graph's own, and all others are made of them: a name is taken apart into
// cell, side, layer and weight, and each convention puts the parts together its way. A part that a
// convention does not have gives no name, and its parameter is not looked for.

namespace nasnet::exchange {
namespace {

/// A slim name in its parts: "cell_3/comb_iter_0/left/separable_5x5_1/depthwise_weights" is cell
/// "cell_3", side "comb_iter_0/left", layer "separable_5x5_1", weight "depthwise_weights".
struct SlimName {
  std::string cell, side, layer, weight;
};

SlimName parse(std::string_view name) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    parts.emplace_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  SlimName result;
  result.weight = parts.back();
  parts.pop_back();
  if (!parts.empty()) {
    result.layer = parts.back();
    parts.pop_back();
  }
  if (!parts.empty()) result.cell = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) result.side += (i == 1 ? "" : "/") + parts[i];
  return result;
}

/// The number after `prefix` at the end of `text`: 3 of "cell_3".
std::optional<int> number_after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return {};
  text.remove_prefix(prefix.size());
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

/// Layer k (1 or 2) of a separable convolution's name such as "bn_sep_5x5_2"; "" for others.
std::string layer_number(std::string_view layer, std::string_view prefix) {
  if (!layer.starts_with(prefix) || layer.size() < 2 || layer[layer.size() - 2] != '_') return "";
  return std::string(1, layer.back());
}

// --- Keras ---

/// Keras' number of a cell and whether it is a reduction cell. Normal cells are counted on through
/// the reduction cells, but the last reduction does not count.
struct KerasCell {
  std::string id;
  bool reduction;
};

std::optional<KerasCell> keras_cell(const std::string& cell, int per_stage) {
  if (const auto stem = number_after(cell, "cell_stem_"))
    return KerasCell{fmt::format("stem_{}", *stem + 1), true};
  if (const auto reduction = number_after(cell, "reduction_cell_"))
    return KerasCell{fmt::format("reduce_{}", (*reduction + 1) * per_stage), true};
  if (const auto normal = number_after(cell, "cell_"))
    return KerasCell{std::to_string(*normal < per_stage ? *normal : *normal + 1), false};
  return {};
}

/// Keras' word for a side of a block, for sides that have a separable convolution in NASNet-A; ""
/// for others.
std::string keras_tag(const std::string& side, bool reduction) {
  static const std::map<std::string, std::string> normal = {{"comb_iter_0/left", "left1"},
                                                            {"comb_iter_0/right", "right1"},
                                                            {"comb_iter_1/left", "left2"},
                                                            {"comb_iter_1/right", "right2"},
                                                            {"comb_iter_4/left", "left5"}};
  static const std::map<std::string, std::string> reduced = {{"comb_iter_0/left", "left1"},
                                                             {"comb_iter_0/right", "right1"},
                                                             {"comb_iter_1/right", "right2"},
                                                             {"comb_iter_2/right", "right3"},
                                                             {"comb_iter_4/left", "left4"}};
  const auto& tags = reduction ? reduced : normal;
  const auto found = tags.find(side);
  if (found == tags.end()) return "";
  return (reduction ? "reduction_" : "normal_") + found->second;
}

std::string keras_weight(const std::string& weight) {
  if (weight == "weights") return "kernel";
  if (weight == "biases") return "bias";
  if (weight == "depthwise_weights") return "depthwise_kernel";
  if (weight == "pointwise_weights") return "pointwise_kernel";
  return weight;  // gamma, beta, moving_mean, moving_variance
}

/// The layer's name in keras.applications.nasnet; "" where it has none.
std::string keras_layer(const SlimName& name, int per_stage) {
  if (name.cell.empty()) {
    if (name.layer == "conv0") return "stem_conv1";
    if (name.layer == "conv0_bn") return "stem_bn1";
    return "";
  }
  if (name.cell == "final_layer") return "predictions";
  const auto cell = keras_cell(name.cell, per_stage);
  if (!cell) return "";
  const std::string kind = cell->reduction ? "reduction" : "normal";
  if (name.side.empty()) {
    if (name.layer == "1x1") return fmt::format("{}_conv_1_{}", kind, cell->id);
    if (name.layer == "beginning_bn") return fmt::format("{}_bn_1_{}", kind, cell->id);
    if (name.layer == "prev_1x1") return "adjust_conv_projection_" + cell->id;
    if (name.layer == "path1_conv") return "adjust_conv_1_" + cell->id;
    if (name.layer == "path2_conv") return "adjust_conv_2_" + cell->id;
    if (name.layer == "prev_bn" || name.layer == "final_path_bn") return "adjust_bn_" + cell->id;
    return "";
  }
  const std::string tag = keras_tag(name.side, cell->reduction);
  if (tag.empty()) return "";
  if (const std::string k = layer_number(name.layer, "separable_"); !k.empty())
    return fmt::format("separable_conv_{}_{}_{}", k, tag, cell->id);
  if (const std::string k = layer_number(name.layer, "bn_sep_"); !k.empty())
    return fmt::format("separable_conv_{}_bn_{}_{}", k, tag, cell->id);
  return "";
}

std::string keras_name(const std::string& slim, int per_stage) {
  const SlimName name = parse(slim);
  const std::string layer = keras_layer(name, per_stage);
  return layer.empty() ? "" : layer + "/" + keras_weight(name.weight);
}

// --- PyTorch ---

/// PyTorch's name of a batch norm's parameter.
std::string torch_norm(const std::string& weight) {
  if (weight == "gamma") return "weight";
  if (weight == "beta") return "bias";
  if (weight == "moving_mean") return "running_mean";
  if (weight == "moving_variance") return "running_var";
  return "";
}

/// Within a cell, the module that stands for a slim layer, and its parameter. PNASNet's factorised
/// reduction stands where the 1x1 convolution otherwise does.
std::string torch_layer(const SlimName& name, bool pnasnet) {
  const std::string norm = torch_norm(name.weight);
  const std::string reduction = pnasnet ? "conv_prev_1x1." : "";
  if (name.layer == "1x1") return "conv_1x1.conv.weight";
  if (name.layer == "beginning_bn") return "conv_1x1.bn." + norm;
  if (name.layer == "prev_1x1") return "conv_prev_1x1.conv.weight";
  if (name.layer == "prev_bn") return "conv_prev_1x1.bn." + norm;
  if (name.layer == "path1_conv") return reduction + "path_1.conv.weight";
  if (name.layer == "path2_conv") return reduction + "path_2.conv.weight";
  if (name.layer == "final_path_bn") return reduction + "final_path_bn." + norm;
  return "";
}

/// The same on a side of a block.
std::string torch_side_layer(const SlimName& name, bool pnasnet) {
  if (const std::string k = layer_number(name.layer, "separable_"); !k.empty())
    return fmt::format("separable_{}.{}_conv2d.weight", k,
                       name.weight == "depthwise_weights" ? "depthwise" : "pointwise");
  if (const std::string k = layer_number(name.layer, "bn_sep_"); !k.empty())
    return fmt::format("bn_sep_{}.{}", k, torch_norm(name.weight));
  // Behind a pool that changes the width, or in place of a strided identity.
  if (pnasnet && name.layer == "1x1") return "conv.weight";
  if (pnasnet && name.layer == "bn_1") return "bn." + torch_norm(name.weight);
  return "";
}

std::string torch_name(const std::string& slim, int per_stage, Convention convention) {
  const SlimName name = parse(slim);
  const bool pnasnet = convention == Convention::kTorchPnasnet;
  if (name.cell.empty()) {
    const std::string stem = pnasnet ? "conv_0" : "conv0";
    if (name.layer == "conv0") return stem + ".conv.weight";
    if (name.layer == "conv0_bn") return stem + ".bn." + torch_norm(name.weight);
    return "";
  }
  if (name.cell == "final_layer")
    return name.weight == "weights" ? "last_linear.weight" : "last_linear.bias";
  std::string cell = name.cell;
  const auto index = number_after(cell, "cell_");
  const bool known =
      index || number_after(cell, "cell_stem_") || number_after(cell, "reduction_cell_");
  if (!known) return "";
  // Cadene's mobile net leaves two numbers out after each stage: 0-3, 6-9, 12-15.
  if (index && convention == Convention::kCadeneMobile)
    cell = fmt::format("cell_{}", *index + 2 * (*index / per_stage));
  if (name.side.empty()) {
    const std::string layer = torch_layer(name, pnasnet);
    return layer.empty() ? "" : cell + "." + layer;
  }
  const std::string layer = torch_side_layer(name, pnasnet);
  if (layer.empty() || !name.side.starts_with("comb_iter_")) return "";
  std::string side = name.side;
  side[side.find('/')] = '_';
  return fmt::format("{}.{}.{}", cell, side, layer);
}

}  // namespace

std::string convention_name(Convention convention) {
  switch (convention) {
    case Convention::kSlim:
      return "slim";
    case Convention::kKeras:
      return "keras";
    case Convention::kKerasNumbered:
      return "keras-numbered";
    case Convention::kTorch:
      return "pytorch";
    case Convention::kCadeneMobile:
      return "cadene-mobile";
    case Convention::kTorchPnasnet:
      return "pytorch-pnasnet";
  }
  return "";
}

std::vector<std::string> foreign_names(const graph::Graph& graph, Convention convention) {
  const int per_stage = graph.settings.cells;
  std::vector<std::string> names;
  for (const graph::Parameter& parameter : graph.parameters) {
    switch (convention) {
      case Convention::kSlim:
        names.push_back(parameter.name);
        break;
      case Convention::kKeras:
      case Convention::kKerasNumbered:
        names.push_back(keras_name(parameter.name, per_stage));
        break;
      case Convention::kTorch:
      case Convention::kCadeneMobile:
      case Convention::kTorchPnasnet:
        names.push_back(torch_name(parameter.name, per_stage, convention));
        break;
    }
  }
  if (convention == Convention::kKerasNumbered) names = numbered_names(names, per_stage);
  NASNET_CHECK(names.size() == graph.parameters.size(), "a name, or none, for each parameter");
  return names;
}

}  // namespace nasnet::exchange
