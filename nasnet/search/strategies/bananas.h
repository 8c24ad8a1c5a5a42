#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/base/settings.h"
#include "nasnet/search/strategies/predictor.h"
#include "nasnet/search/strategies/repeats.h"
#include "nasnet/search/strategies/strategy.h"
#include "nasnet/search/strategies/waiting.h"

namespace nasnet::search {

/// After BANANAS (White, Neiswanger & Savani 2021), whose numbers of first candidates (10), members
/// (5) and acquisition (independent Thompson sampling) these are. The members are boosted trees
/// instead of its networks; their settings and the numbers of candidates are ours.
struct BananasSettings {
  int first = 10;
  int members = 5;
  int mutated = 150;
  int random = 100;
  int parents = 25;
  TreeSettings trees;
  bool operator==(const BananasSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, BananasSettings& s) {
  v("bananas_first", s.first, "random candidates before the predictor is asked", Range{1, 100000});
  v("bananas_members", s.members, "models of the predictor's ensemble", Range{1, 100});
  v("bananas_mutated", s.mutated, "mutated copies of good candidates that are scored",
    Range{0, 100000});
  v("bananas_random", s.random, "random candidates that are scored", Range{0, 100000});
  v("bananas_parents", s.parents, "best candidates that are mutated", Range{1, 100000});
  v("bananas_rounds", s.trees.rounds, "boosting rounds of each model", Range{1, 10000});
  v("bananas_depth", s.trees.depth, "greatest depth of a tree", Range{1, 20});
  v("bananas_rate", s.trees.rate, "share of each tree that is added", Range{1e-6, 1});
}

/// The first candidates are random. From then on an ensemble of models, trained on what has been
/// observed, scores new candidates: mutated copies (one to three decisions) of the best ones
/// observed, and random ones, none of which has been proposed before under any name. A score is
/// drawn from the normal distribution with the members' mean and standard deviation; the best
/// scores are proposed.
///
/// The models (see Predictor) learn the reward's place among all rewards rather than the reward.
/// They are trained again when the observations have grown by a tenth; those beyond 2,000 are then
/// forgotten, the oldest outside the better half first. Failed trials are left out, and not
/// proposed again.
///
/// With earlier studies there are no first random candidates: the models learn from those studies'
/// trials as well, as long as these do not mislead, and their best are mutated until there are
/// enough of the own ones.
///
/// Of several goals there is an ensemble for each that only an evaluation shows; the others' losses
/// are counted. Mutated are the members of the front. A drawn score is the place of a loss among
/// those observed, which gives the loss; those candidates are proposed that let the hypervolume of
/// the front grow most, each beside those taken before it.
class BananasStrategy : public Strategy {
 public:
  BananasStrategy(const Candidates& candidates, BananasSettings settings, uint64_t seed);
  std::vector<space::Choices> propose(int count) override;
  void observe(const std::vector<Observation>& observations) override;
  std::string save() const override;
  void restore(const std::string& state) override;

 private:
  struct State {
    Repeats repeats;
    uint64_t proposed = 0;
    Waiting<space::Choices> waiting;
    std::vector<Lesson> known;  // in the order of their observation
    uint64_t fitted = 0;        // the models are those of the first so many
  };
  /// Numbers of the candidates, less is better: one a model.
  using Scores = std::vector<std::vector<double>>;

  void refit_if_grown();
  std::vector<size_t> best_of(const std::vector<Lesson>& known) const;
  std::vector<const space::Choices*> parents() const;
  space::Choices propose_random();
  std::vector<space::Choices> draw_candidates(int count, Random& random) const;
  std::vector<size_t> best_by_front(const std::vector<space::Choices>& candidates,
                                    const Scores& scores, size_t count) const;
  void propose_scored(int count, std::vector<space::Choices>& proposals);

  BananasSettings settings_;
  uint64_t seed_;
  Candidates candidates_;
  std::vector<size_t> unknown_goals_;
  Predictor predictor_;  // follows from the state; trained when needed
  State state_;
};

}  // namespace nasnet::search
