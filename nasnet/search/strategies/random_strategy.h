#pragma once

#include "nasnet/search/strategies/strategy.h"

namespace nasnet::search {

/// Every decision drawn uniformly: the paper's baseline (section 4.4). With limits, uniform over
/// the candidates within them.
class RandomStrategy : public Strategy {
 public:
  RandomStrategy(const Candidates& candidates, uint64_t seed)
      : candidates_(candidates), seed_(seed) {}
  std::vector<space::Choices> propose(int count) override;
  void observe(const std::vector<Observation>&) override {}
  std::string save() const override { return std::to_string(proposed_); }
  void restore(const std::string& state) override;

 private:
  Candidates candidates_;
  uint64_t seed_;
  uint64_t proposed_ = 0;
};

}  // namespace nasnet::search
