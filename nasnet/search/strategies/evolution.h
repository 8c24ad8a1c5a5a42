#pragma once

#include <deque>

#include "nasnet/base/settings.h"
#include "nasnet/search/strategies/repeats.h"
#include "nasnet/search/strategies/strategy.h"
#include "nasnet/search/strategies/waiting.h"

namespace nasnet::search {

/// Regularized evolution (Real et al. 2019, AmoebaNet) with that paper's P and S.
struct EvolutionSettings {
  int population = 100;
  int sample = 25;
  bool avoid_repeats = true;
  bool operator==(const EvolutionSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, EvolutionSettings& s) {
  v("population", s.population, "P of the evolution: the latest candidates, which are alive",
    Range{1, 100000});
  v("tournament", s.sample, "S of the evolution: candidates drawn for each parent, their best",
    Range{1, 100000});
  v("evolution_avoid_repeats", s.avoid_repeats,
    "mutate again, up to 20 times, where a candidate has been proposed before");
}

/// The first P candidates are random. From then on each is a mutated copy of the best of S members
/// drawn (with replacement) from the population, which is the latest P candidates observed: the
/// oldest dies, however good. A mutation gives one decision, drawn uniformly, another choice: an
/// operation or a wiring. Failed trials never join the population.
class EvolutionStrategy : public Strategy {
 public:
  EvolutionStrategy(const space::SearchSpace& space, EvolutionSettings settings, uint64_t seed);
  std::vector<space::Choices> propose(int count) override;
  void observe(const std::vector<Observation>& observations) override;
  std::string save() const override;
  void restore(const std::string& state) override;

 private:
  struct Member {
    space::Choices choices;
    double reward = 0;
  };
  struct State {
    Repeats repeats;
    uint64_t proposed = 0;
    Waiting<space::Choices> waiting;
    std::deque<Member> population;  // the oldest first
  };

  EvolutionSettings settings_;
  uint64_t seed_;
  const space::SearchSpace* space_;
  State state_;
};

}  // namespace nasnet::search
