#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace nasnet::search {

/// A table of numbers, row by row.
struct FeatureRows {
  size_t columns = 0;
  std::vector<float> values;
  size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
};

struct TreeSettings {
  int rounds = 15;
  int depth = 4;
  double rate = 0.3;
  bool operator==(const TreeSettings&) const = default;
};

/// An ensemble of regressions by gradient-boosted trees (XGBoost). Each round takes a random share
/// of the rows and columns, so that members, which differ in their seeds alone, disagree where the
/// data leave them free to. Trained on one thread: the same rows and seeds give the same models.
/// Throws Error where XGBoost fails.
class BoostedTrees {
 public:
  BoostedTrees(const FeatureRows& features, const std::vector<float>& targets,
               const TreeSettings& settings, const std::vector<uint32_t>& seeds);

  /// One list a member, one number a row.
  std::vector<std::vector<float>> predict(const FeatureRows& features) const;

 private:
  std::vector<std::shared_ptr<void>> boosters_;
};

}  // namespace nasnet::search
