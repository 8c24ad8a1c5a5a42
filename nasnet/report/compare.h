#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nasnet/graph/count.h"
#include "nasnet/report/published.h"

namespace nasnet::report {

/// A published row beside what its genotype counts when stacked here as the row says.
struct Comparison {
  PublishedRow row;
  graph::Counts ours;
  /// Parameters: equal to the printed size after rounding, as trainable ones or, as the paper must
  /// have counted 6 @ 4032, with the running statistics of batch normalisation.
  bool parameters_match = false;
  bool with_statistics = false;
  bool multiply_adds_match = false;  ///< true where none are printed

  bool matches() const { return parameters_match && multiply_adds_match; }
  /// "matches", or what does not and why.
  std::string verdict() const;
};

/// Builds and counts the networks of these rows.
std::vector<Comparison> compare(const std::vector<PublishedRow>& rows);

/// A table of one line a row.
std::string format_comparisons(const std::vector<Comparison>& comparisons);

nlohmann::ordered_json comparisons_to_json(const std::vector<Comparison>& comparisons);

}  // namespace nasnet::report
