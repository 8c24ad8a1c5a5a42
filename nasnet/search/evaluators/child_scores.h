#pragma once

#include <memory>
#include <string>

#include "nasnet/data/dataset.h"
#include "nasnet/data/normalization.h"
#include "nasnet/graph/graph.h"
#include "nasnet/scores/scores.h"
#include "nasnet/search/evaluators/child_split.h"
#include "nasnet/search/evaluators/evaluator.h"

namespace nasnet::search {

/// The scores that `--scores` names, with commas between them or one by one. Throws InputError for
/// an unknown one, or one that stands twice.
std::vector<scores::Score> parse_scores(const std::vector<std::string>& names);

/// Scores of untrained children: on the first 128 of the study's training images, prepared as for
/// an evaluation; with initial weights from the study's seed and the candidate's canonical form, so
/// that equal candidates have equal scores, whichever trial and worker asks.
class ChildScores {
 public:
  static constexpr int64_t kImages = 128;

  /// Reads the images. Throws InputError where there are scores but not two images.
  ChildScores(const data::ImageSet& images, const ProxySplit& split,
              const data::Normalization& normalization, std::vector<scores::Score> scores,
              uint64_t study_seed);

  const std::vector<scores::Score>& wanted() const { return scores_; }

  /// By the score's name; those that are no number are missing. `form`: SearchSpace::canonical().
  Measurements of(const graph::Graph& child, const std::string& form) const;

 private:
  std::vector<scores::Score> scores_;
  uint64_t study_seed_;
  std::shared_ptr<const scores::Scorer> scorer_;  // with the images; null without scores
};

}  // namespace nasnet::search
