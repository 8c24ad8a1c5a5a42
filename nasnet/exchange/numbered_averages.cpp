#include "nasnet/exchange/numbered_averages.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "nasnet/base/check.h"
#include "nasnet/base/number_types.h"

// Averages that have lost their names (torch_ema's shadow_params) are a list in the order of the
// module's parameters. They get the names of the raw weights beside them, if every shape agrees:
// one that differs means another network, or another order.

namespace nasnet::exchange {
namespace {

/// By prefix: the tensors PREFIX0, PREFIX1, ... in the order of their numbers.
std::map<std::string, std::vector<size_t>> numbered(const WeightFile& file) {
  std::map<std::string, std::map<size_t, size_t>> groups;
  for (size_t i = 0; i < file.tensors().size(); ++i) {
    const std::string& name = file.tensors()[i].name;
    const size_t begin = name.rfind('.') + 1;
    size_t number = 0;
    const char* const last = name.data() + name.size();
    const auto [end, error] = std::from_chars(name.data() + begin, last, number);
    if (begin > 0 && error == std::errc() && end == last)
      groups[name.substr(0, begin)].emplace(number, i);
  }
  std::map<std::string, std::vector<size_t>> result;
  for (const auto& [prefix, members] : groups) {
    // Numbers must run from 0 without a gap.
    if (members.rbegin()->first + 1 != members.size() || !says_average(prefix)) continue;
    for (const auto& [number, tensor] : members) result[prefix].push_back(tensor);
  }
  return result;
}

/// The parameters below a prefix in the order of the file, which is that of module.parameters().
std::vector<size_t> parameters_below(const WeightFile& file, const std::string& prefix,
                                     const std::string& average) {
  std::vector<size_t> result;
  for (size_t i = 0; i < file.tensors().size(); ++i) {
    const auto& [name, type, shape] = file.tensors()[i];
    if (name.starts_with(prefix) && !name.starts_with(average) && is_floating(type) &&
        !is_statistic(name) && !is_training_state(name))
      result.push_back(i);
  }
  return result;
}

bool same_shapes(const WeightFile& file, const std::vector<size_t>& a,
                 const std::vector<size_t>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](size_t left, size_t right) {
    return file.tensors()[left].shape == file.tensors()[right].shape;
  });
}

/// The average of raw weights; none where it is that of something else.
std::optional<Family> average_of(const WeightFile& file, const Family& raw,
                                 const std::string& prefix, const std::vector<size_t>& values) {
  const std::vector<size_t> parameters = parameters_below(file, raw.prefix, prefix);
  if (!same_shapes(file, parameters, values)) return {};
  std::map<size_t, size_t> value_of;
  NASNET_CHECK(parameters.size() == values.size(), "same_shapes() has compared both lists whole");
  for (size_t i = 0; i < parameters.size(); ++i) value_of[parameters[i]] = values[i];
  Family average;
  average.prefix = prefix;
  average.averaged = true;
  for (const auto& [name, tensor] : raw.tensors)
    if (const auto found = value_of.find(tensor); found != value_of.end())
      average.tensors.emplace(name, found->second);
  return average;
}

}  // namespace

void add_numbered_averages(const WeightFile& file, std::vector<Family>& families) {
  const std::vector<Family> named = families;
  if (named.empty()) return;
  for (const auto& [prefix, values] : numbered(file))
    for (const Family& raw : named)
      if (!raw.averaged)
        if (auto average = average_of(file, raw, prefix, values)) {
          families.push_back(std::move(*average));
          break;
        }
}

}  // namespace nasnet::exchange
