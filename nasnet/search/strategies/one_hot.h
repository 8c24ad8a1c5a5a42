#pragma once

#include <vector>

#include "nasnet/search/strategies/boosted_trees.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// Candidates as rows of numbers: each decision as a one-hot vector, and how often each choice
/// occurs among the decisions of a kind.
class OneHot {
 public:
  /// The space must outlive this.
  explicit OneHot(const space::SearchSpace& space);
  FeatureRows rows(const std::vector<const space::Choices*>& candidates) const;

 private:
  const space::SearchSpace* space_;
  std::vector<size_t> kind_column_;  // first column of each kind's counts
  size_t columns_ = 0;
};

}  // namespace nasnet::search
