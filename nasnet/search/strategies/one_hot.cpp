#include "nasnet/search/strategies/one_hot.h"

#include <algorithm>

#include "nasnet/base/check.h"

namespace nasnet::search {

OneHot::OneHot(const space::SearchSpace& space) : space_(&space) {
  std::vector<size_t> kinds;  // the most choices of each
  for (const space::Decision& decision : space.decisions()) {
    NASNET_CHECK(decision.kind >= 0 && decision.choices > 0, "a decision has a kind and choices");
    const size_t kind = decision.kind, choices = decision.choices;
    if (kind >= kinds.size()) kinds.resize(kind + 1, 0);
    kinds[kind] = std::max(kinds[kind], choices);
    columns_ += choices;
  }
  for (const size_t choices : kinds) {
    kind_column_.push_back(columns_);
    columns_ += choices;
  }
}

FeatureRows OneHot::rows(const std::vector<const space::Choices*>& candidates) const {
  FeatureRows rows{columns_, std::vector<float>(candidates.size() * columns_, 0.0f)};
  const auto& decisions = space_->decisions();
  for (size_t i = 0; i < candidates.size(); ++i) {
    float* row = rows.values.data() + i * columns_;
    size_t column = 0;
    for (size_t d = 0; d < decisions.size(); ++d) {
      const int choice = (*candidates[i])[d];
      NASNET_DCHECK(choice >= 0 && choice < decisions[d].choices);
      row[column + choice] = 1;
      row[kind_column_[decisions[d].kind] + choice] += 1;
      column += decisions[d].choices;
    }
  }
  return rows;
}

}  // namespace nasnet::search
