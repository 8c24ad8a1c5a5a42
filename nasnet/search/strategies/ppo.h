#pragma once

#include "nasnet/base/settings.h"
#include "nasnet/search/strategies/policy.h"

namespace nasnet::search {

/// Proximal Policy Optimization (Schulman et al. 2017) as the paper uses it (appendix A.2), with
/// settings for budgets of hundreds of candidates, not of the paper's 20,000; docs/strategies.md
/// says how they were found. paper_ppo() has the paper's.
struct PpoSettings {
  int hidden = 32;
  double learning_rate = 0.01;
  double entropy_weight = 0.03;
  double baseline_weight = 0.95;
  int minibatch = 10;
  double clip = 0.2;
  int updates = 3;
  double gradient_clip = 1.0;
  Advantage advantage = Advantage::kRank;
  bool avoid_repeats = true;
  bool operator==(const PpoSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, PpoSettings& s) {
  v("controller_hidden", s.hidden, "hidden units of the controller's LSTM", Range{1, 4096});
  v("controller_rate", s.learning_rate, "learning rate of the controller (Adam)", Range{0, 10});
  v("entropy_weight", s.entropy_weight, "weight of the policy's entropy in its objective",
    Range{0, 100});
  v("baseline_weight", s.baseline_weight, "weight of the past in the moving average of rewards",
    Range{0, 1});
  v("minibatch", s.minibatch, "candidates an update learns from", Range{1, 10000});
  v("ppo_clip", s.clip,
    "PPO's epsilon: largest change of a decision's probability in an update, as a share",
    Range{0, 1});
  v("ppo_updates", s.updates, "gradient steps on each minibatch", Range{1, 1000});
  v("controller_clip", s.gradient_clip, "greatest norm of the controller's gradient; 0 for any",
    Range{0, 1e9});
  v("advantage", s.advantage,
    "scale that PPO learns on: the reward less its moving average, or its rank among the latest "
    "256");
  v("ppo_avoid_repeats", s.avoid_repeats,
    "draw again, up to 20 times, where a candidate has been proposed before");
}

/// The paper's constants: LSTM of 100, rate 0.00035, entropy 0.00001, baseline 0.95, minibatch 20.
/// Clip, updates and the gradient's norm it does not state.
inline PpoSettings paper_ppo() {
  return {.hidden = 100,
          .learning_rate = 0.00035,
          .entropy_weight = 0.00001,
          .baseline_weight = 0.95,
          .minibatch = 20,
          .clip = 0.2,
          .updates = 2,
          .gradient_clip = 1.0,
          .advantage = Advantage::kReward,
          .avoid_repeats = false};
}

/// The objective that PPO maximises on a minibatch, per candidate b and decision t:
///   mean_b sum_t [ min(r A_b, clip(r, 1 - e, 1 + e) A_b) + w H_bt ],  r = p_bt / p_old_bt
/// Every decision is an action with the candidate's advantage; clipping the ratio of the joint
/// probability of 50 decisions instead would stop learning after a hair's breadth.
/// Returns the objective's value, and its gradient by log-probabilities and entropies (batch x
/// steps). The batch has at least one candidate, and the tape is of its choices.
template <class T>
T ppo_objective(const PolicyBatch<T>& batch, const typename Controller<T>::Tape& tape,
                const PpoSettings& settings, std::vector<T>& d_log_probability,
                std::vector<T>& d_entropy);

/// The paper's search: the controller proposes, PPO teaches it.
class PpoStrategy : public PolicyStrategy {
 public:
  PpoStrategy(const Candidates& candidates, PpoSettings settings, uint64_t seed);

 protected:
  void objective(const PolicyBatch<float>& batch, const Controller<float>::Tape& tape,
                 std::vector<float>& d_log_probability,
                 std::vector<float>& d_entropy) const override;
  uint32_t state_version() const override { return 0x70000002; }  // 'p', version 2

 private:
  PpoSettings settings_;
};

}  // namespace nasnet::search
