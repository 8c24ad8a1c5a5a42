#pragma once

#include <cstdint>
#include <vector>

namespace nasnet::search {

/// A policy as it was when it proposed a generation, kept for whoever looks at it.
struct PolicyRecord {
  int64_t trials = 0;  ///< of the arm, proposed before the generation
  double entropy = 0;  ///< see PolicyShape; measured on the generation itself
  std::vector<std::vector<double>> probabilities;  ///< the same
  bool operator==(const PolicyRecord&) const = default;
};

}  // namespace nasnet::search
