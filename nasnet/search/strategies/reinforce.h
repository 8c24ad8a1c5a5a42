#pragma once

#include "nasnet/base/settings.h"
#include "nasnet/search/strategies/policy.h"

namespace nasnet::search {

/// REINFORCE (Williams 1992) on the same controller, with settings for budgets of hundreds.
/// paper_reinforce() has those of Zoph & Le (2017).
struct ReinforceSettings {
  int hidden = 32;
  double learning_rate = 0.01;
  double entropy_weight = 0.03;
  double baseline_weight = 0.95;
  int minibatch = 5;
  double gradient_clip = 1.0;
  Advantage advantage = Advantage::kRank;
  bool avoid_repeats = true;
  bool operator==(const ReinforceSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, ReinforceSettings& s) {
  v("reinforce_hidden", s.hidden, "hidden units of the controller's LSTM", Range{1, 4096});
  v("reinforce_rate", s.learning_rate, "learning rate of the controller (Adam)", Range{0, 10});
  v("reinforce_entropy", s.entropy_weight, "weight of the policy's entropy", Range{0, 100});
  v("reinforce_baseline", s.baseline_weight, "weight of the past in the moving average of rewards",
    Range{0, 1});
  v("reinforce_minibatch", s.minibatch, "candidates an update learns from", Range{1, 10000});
  v("reinforce_clip", s.gradient_clip, "greatest norm of the controller's gradient; 0 for any",
    Range{0, 1e9});
  v("reinforce_advantage", s.advantage,
    "scale to learn on: the reward less its moving average, or its rank among the latest 256");
  v("reinforce_avoid_repeats", s.avoid_repeats,
    "draw again, up to 20 times, where a candidate has been proposed before");
}

/// Adam at 0.0006 and the moving average of the rewards as baseline, as Zoph & Le (2017) have it;
/// the width is the NASNet controller's, for theirs (two layers of 35) is not what stands here. The
/// average's weight, the minibatch and the entropy they do not state.
inline ReinforceSettings paper_reinforce() {
  return {.hidden = 100,
          .learning_rate = 0.0006,
          .entropy_weight = 0.00001,
          .baseline_weight = 0.95,
          .minibatch = 20,
          .gradient_clip = 1.0,
          .advantage = Advantage::kReward,
          .avoid_repeats = false};
}

/// Maximises mean_b sum_t [ A_b log p_bt + w H_bt ], one step a minibatch.
class ReinforceStrategy : public PolicyStrategy {
 public:
  ReinforceStrategy(const Candidates& candidates, ReinforceSettings settings, uint64_t seed);

 protected:
  void objective(const PolicyBatch<float>& batch, const Controller<float>::Tape& tape,
                 std::vector<float>& d_log_probability,
                 std::vector<float>& d_entropy) const override;
  uint32_t state_version() const override { return 0x72000001; }  // 'r', version 1

 private:
  ReinforceSettings settings_;
};

}  // namespace nasnet::search
