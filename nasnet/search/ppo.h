#pragma once

#include <deque>

#include "nasnet/base/settings.h"
#include "nasnet/search/controller.h"
#include "nasnet/search/strategy.h"

namespace nasnet::search {

/// Proximal Policy Optimization (Schulman et al. 2017) as the paper uses it (spec 2.1). The first
/// five are the paper's; the rest it does not state, and they are our choice.
struct PpoSettings {
  int hidden = 100;
  double learning_rate = 0.00035;
  double entropy_weight = 0.00001;
  double baseline_weight = 0.95;
  int minibatch = 20;
  double clip = 0.2;
  int updates = 2;
  double gradient_clip = 1.0;
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
  v("ppo_clip", s.clip, "how far an update may move a decision's probability (PPO's epsilon)",
    Range{0, 1});
  v("ppo_updates", s.updates, "gradient steps on each minibatch", Range{1, 1000});
  v("controller_clip", s.gradient_clip, "greatest norm of the controller's gradient; 0 for any",
    Range{0, 1e9});
}

/// A minibatch and what PPO maximises on it, per candidate b and decision t:
///   mean_b sum_t [ min(r A_b, clip(r, 1 - e, 1 + e) A_b) + w H_bt ],  r = p_bt / p_old_bt
/// Every decision is an action with the candidate's advantage; clipping the ratio of the joint
/// probability of 50 decisions instead would stop learning after a hair's breadth.
template <class T>
struct PpoBatch {
  std::vector<space::Choices> choices;
  std::vector<T> old_log_probability;  ///< batch x steps, when the candidates were proposed
  std::vector<T> advantage;            ///< one a candidate
};

/// The objective's value and its gradient by log-probabilities and entropies (batch x steps).
template <class T>
T ppo_objective(const PpoBatch<T>& batch, const typename Controller<T>::Tape& tape,
                const PpoSettings& settings, std::vector<T>& d_log_probability,
                std::vector<T>& d_entropy);

/// The paper's search: the controller proposes, PPO teaches it. advantage = reward - baseline, the
/// baseline being the moving average of the rewards before the minibatch (at the first minibatch:
/// its mean). Failed trials are left out.
class PpoStrategy : public Strategy {
 public:
  PpoStrategy(const space::SearchSpace& space, PpoSettings settings, uint64_t seed);

  std::string name() const override { return "ppo"; }
  std::vector<space::Choices> propose(int count) override;
  void observe(const std::vector<Observation>& observations) override;
  std::string save() const override;
  void restore(const std::string& state) override;

 private:
  struct Sample {
    space::Choices choices;
    std::vector<float> log_probability;
    double reward = 0;
  };
  void learn();

  PpoSettings settings_;
  uint64_t seed_;
  std::vector<space::Decision> decisions_;
  Controller<float> controller_;
  uint64_t proposed_ = 0;
  std::deque<Sample> waiting_;  // proposed, not observed
  std::vector<Sample> batch_;   // observed, not learned from
  double baseline_ = 0;
  bool has_baseline_ = false;
  uint64_t adam_steps_ = 0;
  std::vector<float> adam_m_, adam_v_;
};

}  // namespace nasnet::search
