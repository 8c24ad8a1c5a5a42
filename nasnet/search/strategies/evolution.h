#pragma once

#include <deque>

#include "nasnet/base/random.h"
#include "nasnet/base/settings.h"
#include "nasnet/search/strategies/repeats.h"
#include "nasnet/search/strategies/strategy.h"
#include "nasnet/search/strategies/waiting.h"

namespace nasnet::search {

/// Regularized evolution (Real et al. 2019, AmoebaNet) with that paper's P and S; those for several
/// goals were the best of some on NAS-Bench-201 (docs/goals.md).
struct EvolutionSettings {
  int population = 100;
  int sample = 25;
  int front_population = 50;
  int front_sample = 10;
  bool avoid_repeats = true;
  bool operator==(const EvolutionSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, EvolutionSettings& s) {
  v("population", s.population, "P of the evolution: the latest candidates, which are alive",
    Range{1, 100000});
  v("tournament", s.sample, "S of the evolution: candidates drawn for each parent, their best",
    Range{1, 100000});
  v("front_population", s.front_population, "P of the evolution where there are several goals",
    Range{1, 100000});
  v("front_tournament", s.front_sample, "S of the evolution where there are several goals",
    Range{1, 100000});
  v("evolution_avoid_repeats", s.avoid_repeats,
    "mutate again, up to 20 times, where a candidate has been proposed before");
}

/// The first P candidates are random. From then on each is a mutated copy of the best of S members
/// drawn (with replacement) from the population, which is the latest P candidates observed: the
/// oldest dies, however good. A mutation gives one decision, drawn uniformly, another choice: an
/// operation or a wiring. Failed trials never join the population.
///
/// The best is the member with the greatest reward; of several goals the one whose rank in the
/// population is least (see pareto_ranks()), and of those the one with the most room (crowding()).
class EvolutionStrategy : public Strategy {
 public:
  EvolutionStrategy(const Candidates& candidates, EvolutionSettings settings, uint64_t seed);
  std::vector<space::Choices> propose(int count) override;
  void observe(const std::vector<Observation>& observations) override;
  std::string save() const override;
  void restore(const std::string& state) override;

 private:
  struct Member {
    space::Choices choices;
    double reward = 0;
    Losses losses;  // none without goals
  };
  struct State {
    Repeats repeats;
    uint64_t proposed = 0;
    Waiting<space::Choices> waiting;
    std::deque<Member> population;  // the oldest first
  };
  std::vector<size_t> order_of_merit() const;
  bool is_repeat(const space::Choices& choices) const {
    return settings_.avoid_repeats && state_.repeats.knows(choices);
  }
  space::Choices draw_first(Random& random) const;
  space::Choices draw_child(const std::vector<size_t>& merit, Random& random) const;

  EvolutionSettings settings_;  // P and S are those that count
  uint64_t seed_;
  Candidates candidates_;
  State state_;
};

}  // namespace nasnet::search
