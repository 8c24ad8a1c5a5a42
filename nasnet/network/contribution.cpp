// Gradients and statistics in one row. Sums are of two rows at a time: the order of all additions
// of a step is its caller's.

#include "nasnet/network/contribution.h"

#include <algorithm>

#include "nasnet/base/check.h"

namespace nasnet::network {

std::vector<size_t> running_statistics(const graph::Graph& graph) {
  constexpr size_t kMean = 2, kVariance = 3;  // of a batch norm's parameters
  std::vector<size_t> statistics;
  for (const graph::Operator& op : graph.operators)
    if (op.takes_statistics())
      for (const size_t k : {kMean, kVariance}) statistics.push_back(op.first_parameter + k);
  // Operators may share their parameters.
  std::ranges::sort(statistics);
  statistics.erase(std::unique(statistics.begin(), statistics.end()), statistics.end());
  return statistics;
}

Contribution::Contribution(const std::vector<graph::Parameter>& parameters,
                           const std::vector<size_t>& statistics)
    : parts_(parameters.size()), places_(parameters.size(), nullptr) {
  std::vector<bool> kept(parameters.size());
  for (const size_t i : statistics) kept[i] = true;
  size_t size = 0;
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].trainable()) kept[i] = true;
    if (kept[i]) size += parameters[i].elements();
  }
  values_.resize(size);
  std::span<float> rest(values_);
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!kept[i]) continue;
    parts_[i] = rest.first(parameters[i].elements());
    rest = rest.subspan(parts_[i].size());
    if (parameters[i].trainable()) places_[i] = parts_[i].data();
  }
}

void Contribution::take(Contribution& other) {
  NASNET_CHECK(values_.size() == other.values_.size(), "contributions to one network");
  for (size_t i = 0; i < values_.size(); ++i) {
    values_[i] += other.values_[i];
    other.values_[i] = 0;
  }
}

}  // namespace nasnet::network
