#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/search/goals/candidates.h"
#include "nasnet/search/strategies/boosted_trees.h"
#include "nasnet/search/strategies/one_hot.h"

namespace nasnet::search {

/// One study's rewards as its own trials predict them.
class RewardModel {
 public:
  /// The space must outlive this. At least one lesson.
  RewardModel(const space::SearchSpace& space, const std::vector<Lesson>& lessons,
              const TreeSettings& trees);
  /// A place for each candidate, of which more is better.
  std::vector<double> rank(const std::vector<const space::Choices*>& candidates) const;

 private:
  OneHot one_hot_;
  std::unique_ptr<const BoostedTrees> trees_;
};

/// Ensembles of boosted trees that predict candidates: one for the reward, or one for each goal
/// that is not known beforehand. They learn the place of a value among those of its study, from -1,
/// the worst, to 1, from one-hot decisions, how often each choice occurs among the decisions of a
/// kind, the candidates' columns, and one column for each earlier study, which is 1 for its lessons
/// and 0 for all others. Columns of lessons are missing: they are counted for this study's
/// candidates alone.
///
/// An earlier study counts until it misleads: from the tenth lesson of the own study on, it is left
/// out of a training where its own model ranks more pairs of those the wrong way round than the
/// right way.
class Predictor {
 public:
  /// The candidates' space must outlive this.
  Predictor(const Candidates& candidates, const TreeSettings& trees, int members);

  bool is_trained() const { return !models_.empty(); }
  /// Until it is trained again.
  void forget();
  /// Learns from the first `count` of the own study's lessons, and from earlier studies.
  void train(const std::vector<Lesson>& lessons, size_t count, Random& random);
  /// True for an earlier study that counts, by its place among the candidates' ones.
  bool counts(size_t earlier) const { return counts_[earlier]; }

  /// For each number that is learned a place for each candidate, of which less is better, drawn
  /// from the normal distribution with the members' mean and standard deviation.
  std::vector<std::vector<double>> draw(const std::vector<space::Choices>& candidates,
                                        Random& random) const;

 private:
  std::vector<std::vector<double>> learned_values(const std::vector<Lesson>& lessons,
                                                  size_t count) const;
  void add_rows(const std::vector<const space::Choices*>& candidates, size_t study,
                FeatureRows& rows) const;
  void doubt_earlier(const std::vector<Lesson>& lessons, size_t count);

  Candidates candidates_;
  OneHot one_hot_;
  TreeSettings trees_;
  int members_;
  std::vector<size_t> unknown_goals_;
  std::vector<RewardModel> earlier_;
  std::vector<bool> counts_;
  // They follow from the lessons; none until trained.
  std::vector<std::unique_ptr<const BoostedTrees>> models_;
};

}  // namespace nasnet::search
