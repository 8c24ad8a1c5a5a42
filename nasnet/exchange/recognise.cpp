#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/exchange/candidate.h"
#include "nasnet/exchange/choose_family.h"
#include "nasnet/exchange/import.h"
#include "nasnet/exchange/strangers.h"
#include "nasnet/graph/build.h"

// Which network a file holds: the best candidate of all known networks and naming conventions, then
// one set of weights in it, its classifier, its port and, by that, its pooling. What is left over
// is sorted last, as each step before may take tensors.

namespace nasnet::exchange {
namespace {

using graph::ParameterRole;

bool is_classifier(const graph::Parameter& parameter) {
  return parameter.role == ParameterRole::kLinearWeight || parameter.role == ParameterRole::kBias;
}

// --- The framework that wrote a file ---

/// The port by its names; timm and Cadene share theirs, unless the file itself says which.
std::string port_of(const WeightFile& file, Convention convention) {
  switch (convention) {
    case Convention::kSlim:
      return "TF-slim";
    case Convention::kKeras:
    case Convention::kKerasNumbered:
      return "Keras";
    case Convention::kCadeneMobile:
      return "Cadene";
    case Convention::kTorch:
    case Convention::kTorchPnasnet:
      break;
  }
  return file.origin().empty() ? "timm or Cadene" : file.origin();
}

/// True if the network would pool otherwise under this pooling.
bool differs(const graph::Graph& graph, graph::Pooling pooling, const space::Genotype& genotype) {
  graph::StackSettings settings = graph.settings;
  settings.pooling = pooling;
  const graph::Graph other = graph::build(genotype, settings);
  for (size_t i = 0; i < graph.operators.size(); ++i)
    if (graph.operators[i].zeros != other.operators[i].zeros) return true;
  return false;
}

/// The port's pooling, in which its accuracy was measured and its weights may have been tuned.
graph::Pooling choose_pooling(const Candidate& candidate, const space::Genotype& genotype,
                              const std::string& port, const ImportHints& hints,
                              std::vector<std::string>& notes) {
  if (hints.pooling) return *hints.pooling;
  if (port == "Keras") {
    notes.push_back("pooling as Keras has it (--pooling slim for the released network's)");
    return graph::Pooling::kKeras;
  }
  if (!differs(*candidate.graph, graph::Pooling::kTimm, genotype)) return graph::Pooling::kSlim;
  if (port == "timm") {
    notes.push_back("pooling as timm has it (--pooling slim for the released network's)");
    return graph::Pooling::kTimm;
  }
  if (port == "timm or Cadene")
    notes.push_back(
        "timm and Cadene give the same names and pool differently: pooling is the released "
        "network's, which is Cadene's; --pooling timm repeats timm's logits");
  return graph::Pooling::kSlim;
}

// --- The classifier, and parts of no use here ---

/// A classifier of the user's own behind the network's features: the only two tensors of the file
/// that fit as weight and bias ("dense/kernel", "dense/bias"), where the network's own are missing.
void find_own_classifier(const WeightFile& file, const Candidate& candidate, Family& family,
                         std::vector<std::string>& notes) {
  std::string weight_name, bias_name;
  int64_t features = 0;
  for (const auto& [name, parameter] : candidate.names) {
    const graph::Parameter& own = candidate.graph->parameters[parameter];
    if (!is_classifier(own)) continue;
    if (family.tensors.contains(name)) return;
    (own.role == ParameterRole::kBias ? bias_name : weight_name) = name;
    if (own.role == ParameterRole::kLinearWeight) features = own.shape[1];
  }
  std::vector<std::pair<size_t, size_t>> pairs;
  const auto stem = [](const std::string& name) {
    return name.substr(0, name.find_last_of("./") + 1);
  };
  std::map<std::string, std::vector<size_t>> by_stem;
  for (size_t i = 0; i < file.tensors().size(); ++i)
    if (!is_training_state(file.tensors()[i].name))
      by_stem[stem(file.tensors()[i].name)].push_back(i);
  const size_t inputs = candidate.layout == TensorLayout::kTorch ? 1 : 0;
  for (const auto& [name, members] : by_stem) {
    if (members.size() != 2) continue;
    size_t weight = members[0], bias = members[1];
    if (file.tensors()[weight].shape.size() == 1) std::swap(weight, bias);
    const std::vector<int64_t>&kernel = file.tensors()[weight].shape,
          &offsets = file.tensors()[bias].shape;
    if (kernel.size() == 2 && offsets.size() == 1 && kernel[inputs] == features &&
        kernel[1 - inputs] == offsets[0])
      pairs.emplace_back(weight, bias);
  }
  // Of several none is known to be the classifier; the missing one is told of later.
  if (pairs.size() != 1) return;
  family.tensors[weight_name] = pairs[0].first;
  family.tensors[bias_name] = pairs[0].second;
  notes.push_back(fmt::format("the classifier is {}", file.tensors()[pairs[0].first].name));
}

/// Throws InputError where just the classifier is missing, and nothing else.
void demand_classifier(const Candidate& candidate, const Family& family) {
  size_t missing = 0, classifier = 0;
  for (const auto& [name, parameter] : candidate.names) {
    if (family.tensors.contains(name)) continue;
    ++missing;
    classifier += is_classifier(candidate.graph->parameters[parameter]);
  }
  if (missing > 0 && missing == classifier)
    throw InputError(
        "the network has no classifier (Keras' include_top=False, timm's num_classes=0), and "
        "nothing could be predicted with it; import the file of the whole network");
}

/// Outputs of the classifier, which its bias tells.
std::optional<int> classes_in(const WeightFile& file, const Candidate& candidate,
                              const Family& family) {
  for (const auto& [name, tensor] : family.tensors) {
    const std::vector<int64_t>& shape = file.tensors()[tensor].shape;
    if (candidate.graph->parameters[candidate.names.at(name)].role == ParameterRole::kBias &&
        shape.size() == 1 && shape[0] >= 2 && shape[0] <= 1'000'000)
      return static_cast<int>(shape[0]);
  }
  return {};
}

/// A name behind the family's prefix, and behind no other's that is longer ("model_ema.decay").
bool stands_among(const std::string& name, const Family& family,
                  const std::vector<Family>& families) {
  return name.starts_with(family.prefix) &&
         std::none_of(families.begin(), families.end(), [&](const Family& other) {
           return other.prefix.size() > family.prefix.size() && name.starts_with(other.prefix);
         });
}

/// Sorts what is neither taken nor another set of weights: what stands among the taken tensors is
/// surplus, a training's state and what other parts of a program kept is only counted.
void sort_others(const WeightFile& file, const Candidate& candidate, const Family& family,
                 Recognised& result) {
  std::set<size_t> taken;
  for (const Family& one : candidate.families)
    for (const auto& [name, tensor] : one.tensors) taken.insert(tensor);
  for (const auto& [name, tensor] : family.tensors) taken.insert(tensor);
  std::vector<std::string> others;
  size_t auxiliary = 0;
  for (size_t i = 0; i < file.tensors().size(); ++i) {
    const std::string& name = file.tensors()[i].name;
    if (taken.contains(i) || is_counter(name)) continue;
    const std::string own =
        stands_among(name, family, candidate.families) ? name.substr(family.prefix.size()) : "";
    if (own.empty() || is_training_state(name) || is_training_state(own)) {
      others.push_back(name);
    } else if (own.starts_with("aux_")) {
      ++auxiliary;
    } else {
      result.surplus.push_back(i);
    }
  }
  if (auxiliary > 0)
    result.notes.push_back(fmt::format(
        "left out: the auxiliary head ({} tensors), which only training uses", auxiliary));
  if (!others.empty())
    result.notes.push_back(fmt::format("left out: {} tensors that are not the network's ({}{})",
                                       others.size(), others[0], others.size() > 1 ? ", ..." : ""));
}

}  // namespace

Recognised recognise(const WeightFile& file, const ImportHints& hints) {
  auto [candidate, genotype] = best_candidate(file, hints);
  if (candidate.families.empty()) refuse_strangers(file, hints);
  Recognised result;
  Family family = choose_family(file, candidate, hints.weights, result.notes);
  result.weights = family.averaged ? "ema" : "raw";
  find_own_classifier(file, candidate, family, result.notes);
  demand_classifier(candidate, family);
  result.genotype = genotype;
  result.convention = candidate.convention;
  result.layout = candidate.layout;
  result.port = port_of(file, candidate.convention);
  result.stack = candidate.graph->settings;
  result.stack.classes = classes_in(file, candidate, family).value_or(result.stack.classes);
  result.stack.pooling = choose_pooling(candidate, genotype, result.port, hints, result.notes);
  result.tensors.resize(candidate.graph->parameters.size());
  for (const auto& [name, tensor] : family.tensors)
    result.tensors[candidate.names.at(name)] = tensor;
  sort_others(file, candidate, family, result);
  return result;
}

}  // namespace nasnet::exchange
