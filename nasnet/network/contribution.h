#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/fused/executor.h"
#include "nasnet/graph/graph.h"

namespace nasnet::network {

/// The parameters that training passes change by themselves: running means and variances of batch
/// norms that are not frozen. In the graph's order.
std::vector<size_t> running_statistics(const graph::Graph& graph);

/// A replica's share in a training step, or a sum of such: of each trainable parameter the
/// gradient, of each running statistic the value that the replica's pass leaves, both times the
/// replica's share of the step's images. Zeros between steps.
///
/// The values of all parameters lie one after the other, so that sums, and exchanges between
/// processes, are of one row of numbers.
class Contribution {
 public:
  /// `statistics`: see running_statistics(); none where no replicas are added up.
  explicit Contribution(const std::vector<graph::Parameter>& parameters,
                        const std::vector<size_t>& statistics = {});
  Contribution(Contribution&&) = default;
  Contribution(const Contribution&) = delete;

  /// Of one parameter; empty where it has neither gradient nor statistic.
  std::span<float> of(size_t parameter) { return parts_[parameter]; }
  /// Where a pass adds the gradients.
  const fused::GradientPlaces& places() const { return places_; }
  std::span<float> values() { return values_; }

  /// Adds the other one's values, which become zeros.
  void take(Contribution& other);

 private:
  std::vector<float> values_;
  std::vector<std::span<float>> parts_;  // by parameter
  fused::GradientPlaces places_;
};

}  // namespace nasnet::network
