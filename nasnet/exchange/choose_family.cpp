#include "nasnet/exchange/choose_family.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"

// A checkpoint may hold a network twice, raw and averaged, or several networks: exactly one is
// taken, by --weights, else the average, where there is one.

namespace nasnet::exchange {
namespace {

/// For messages: each as --weights takes it.
std::string list(const std::vector<Family>& families) {
  std::vector<std::string> labels;
  for (const Family& family : families) labels.push_back(family.label());
  return fmt::format("{}", fmt::join(labels, ", "));
}

/// Those of the families that `weights` means.
std::vector<Family> meant(const std::vector<Family>& families, const std::string& weights) {
  std::vector<Family> result;
  const bool some_averaged = std::any_of(families.begin(), families.end(),
                                         [](const Family& family) { return family.averaged; });
  for (const Family& family : families) {
    const bool chosen = weights.empty()    ? family.averaged == some_averaged
                        : weights == "ema" ? family.averaged
                        : weights == "raw" ? !family.averaged
                                           : family.label() == "'" + weights + "'";
    if (chosen) result.push_back(family);
  }
  return result;
}

Family choose(const std::vector<Family>& families, const std::string& weights) {
  const std::vector<Family> chosen = meant(families, weights);
  if (chosen.empty())
    throw InputError(fmt::format("the file has no weights that --weights {} means: there are {}",
                                 weights, list(families)));
  if (chosen.size() > 1)
    throw InputError(fmt::format(
        "the file holds several networks' weights, {}; choose one with --weights PREFIX",
        list(chosen)));
  return chosen[0];
}

/// An average of what gradients teach leaves the running statistics to the raw weights.
void fill_statistics(const std::vector<Family>& families, const Candidate& candidate,
                     Family& family, std::vector<std::string>& notes) {
  int64_t filled = 0;
  if (!family.averaged) return;
  std::vector<Family> raw;
  for (const Family& other : families)
    if (!other.averaged) raw.push_back(other);
  // Of several networks none is known to be the average's own.
  if (raw.size() != 1) return;
  for (const auto& [name, parameter] : candidate.names) {
    if (family.tensors.contains(name) || candidate.graph->parameters[parameter].trainable())
      continue;
    if (const auto found = raw[0].tensors.find(name); found != raw[0].tensors.end()) {
      family.tensors[name] = found->second;
      ++filled;
    }
  }
  if (filled > 0)
    notes.push_back(
        fmt::format("the average has no running statistics: {} tensors of {} were taken", filled,
                    raw[0].label()));
}

/// An average whose tensors could not be told apart must not be passed over in silence.
void demand_no_lost_average(const WeightFile& file, const Candidate& candidate) {
  std::map<std::string, int64_t> lost;
  std::set<size_t> taken;
  for (const Family& family : candidate.families)
    for (const auto& [name, tensor] : family.tensors) taken.insert(tensor);
  for (size_t i = 0; i < file.tensors().size(); ++i) {
    const std::string& name = file.tensors()[i].name;
    const std::string prefix = name.substr(0, name.find_last_of("./") + 1);
    if (!taken.contains(i) && !is_counter(name) && says_average(prefix)) ++lost[prefix];
  }
  int64_t trainable = 0;
  for (const auto& [name, parameter] : candidate.names)
    trainable += candidate.graph->parameters[parameter].trainable();
  for (const auto& [prefix, count] : lost)
    // Fewer tensors are an average of something else.
    if (2 * count >= trainable)
      throw InputError(fmt::format(
          "the file holds an average, '{}' ({} tensors), whose names and shapes do not tell which "
          "tensor is which; --weights raw takes the others",
          prefix.substr(0, prefix.size() - 1), count));
}

}  // namespace

Family choose_family(const WeightFile& file, const Candidate& candidate, const std::string& weights,
                     std::vector<std::string>& notes) {
  NASNET_CHECK(candidate.graph, "a family is chosen once the network is known");
  Family family = choose(candidate.families, weights);
  if (weights.empty() && !family.averaged) demand_no_lost_average(file, candidate);
  if (candidate.families.size() > 1)
    notes.push_back(fmt::format("the file holds {}: {} were taken (--weights says otherwise)",
                                list(candidate.families), family.label()));
  fill_statistics(candidate.families, candidate, family, notes);
  return family;
}

}  // namespace nasnet::exchange
