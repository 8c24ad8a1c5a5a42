#include "nasnet/exchange/keras_numbers.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace nasnet::exchange {
namespace {

// Model.layers is sorted by the distance from the output, and layers at one distance by how the
// network was built. For NASNet that is cell by cell, and within a kind of cell always the order
// below, which is that of files that Keras wrote. A layer that a cell has not is passed over.

using Layers = std::vector<std::string>;

const Layers kNormalConvolutions = {"adjust_conv_1_", "adjust_conv_2_", "adjust_conv_projection_",
                                    "normal_conv_1_"};
const Layers kReductionConvolutions = {"adjust_conv_1_", "adjust_conv_2_", "reduction_conv_1_",
                                       "adjust_conv_projection_"};
const Layers kNormalNorms = {"adjust_bn_", "normal_bn_1_"};
const Layers kReductionNorms = {"reduction_bn_1_", "adjust_bn_"};
/// Behind "separable_conv_" and "separable_conv_1_bn_": which of the pair, and the block's side.
const std::vector<std::pair<int, std::string>> kNormalSeparable = {
    {1, "normal_left1_"},  {1, "normal_right1_"}, {1, "normal_left2_"},  {1, "normal_right2_"},
    {1, "normal_left5_"},  {2, "normal_left1_"},  {2, "normal_right1_"}, {2, "normal_left2_"},
    {2, "normal_right2_"}, {2, "normal_left5_"}};
const std::vector<std::pair<int, std::string>> kReductionSeparable = {
    {1, "reduction_left1_"},  {1, "reduction_right1_"}, {2, "reduction_left1_"},
    {2, "reduction_right1_"}, {1, "reduction_right2_"}, {1, "reduction_right3_"},
    {1, "reduction_left4_"},  {2, "reduction_right2_"}, {2, "reduction_right3_"},
    {2, "reduction_left4_"}};

struct Cell {
  std::string id;
  bool reduction;
};

/// Of three stages: normal cells are counted on through the first reduction cell, but not through
/// the second, which has the number of the cell before it.
std::vector<Cell> cells_in_order(int per_stage) {
  std::vector<Cell> cells = {{"stem_1", true}, {"stem_2", true}};
  for (int i = 0; i <= 3 * per_stage; ++i) {
    if (i != per_stage) cells.push_back({std::to_string(i), false});
    if (i == per_stage || i == 2 * per_stage) cells.push_back({fmt::format("reduce_{}", i), true});
  }
  return cells;
}

/// The layers of each class in the order of Model.layers.
std::map<std::string, Layers> layers_in_order(int per_stage) {
  Layers convolutions = {"stem_conv1"}, norms = {"stem_bn1"}, separable;
  for (const Cell& cell : cells_in_order(per_stage)) {
    for (const std::string& layer : cell.reduction ? kReductionConvolutions : kNormalConvolutions)
      convolutions.push_back(layer + cell.id);
    for (const std::string& layer : cell.reduction ? kReductionNorms : kNormalNorms)
      norms.push_back(layer + cell.id);
    for (const auto& [k, side] : cell.reduction ? kReductionSeparable : kNormalSeparable) {
      separable.push_back(fmt::format("separable_conv_{}_{}{}", k, side, cell.id));
      norms.push_back(fmt::format("separable_conv_{}_bn_{}{}", k, side, cell.id));
    }
  }
  return {{"conv2d", convolutions},
          {"batch_normalization", norms},
          {"separable_conv2d", separable},
          {"dense", {"predictions"}}};
}

/// Positions of weights within their layers.
const std::map<std::string, int> kPositions = {
    {"kernel", 0}, {"bias", 1}, {"depthwise_kernel", 0}, {"pointwise_kernel", 1},
    {"gamma", 0},  {"beta", 1}, {"moving_mean", 2},      {"moving_variance", 3}};

}  // namespace

std::vector<std::string> numbered_names(const std::vector<std::string>& names, int per_stage) {
  std::set<std::string> present;
  for (const std::string& name : names) present.insert(name.substr(0, name.rfind('/')));
  std::map<std::string, std::string> numbers;
  for (const auto& [type, layers] : layers_in_order(per_stage)) {
    int count = 0;
    for (const std::string& layer : layers) {
      if (!present.contains(layer)) continue;
      numbers[layer] = count == 0 ? type : fmt::format("{}_{}", type, count);
      ++count;
    }
  }
  std::vector<std::string> result;
  for (const std::string& name : names) {
    const auto number = numbers.find(name.substr(0, name.rfind('/')));
    const auto position = kPositions.find(name.substr(name.rfind('/') + 1));
    result.push_back(number == numbers.end() || position == kPositions.end()
                         ? ""
                         : fmt::format("{}/vars/{}", number->second, position->second));
  }
  return result;
}

}  // namespace nasnet::exchange
