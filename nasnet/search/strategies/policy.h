#pragma once

#include <deque>
#include <string>
#include <vector>

#include "nasnet/base/enum_names.h"
#include "nasnet/search/strategies/controller.h"
#include "nasnet/search/strategies/repeats.h"
#include "nasnet/search/strategies/strategy.h"
#include "nasnet/search/strategies/waiting.h"

namespace nasnet::search {

/// The scale of rewards that a policy learns from, see PolicyStrategy.
enum class Advantage { kReward, kRank };
constexpr EnumNames<Advantage, 2> names_of(Advantage) {
  return {{{Advantage::kReward, "reward"}, {Advantage::kRank, "rank"}}};
}

/// The settings that PPO and REINFORCE share: the controller's size, its optimizer (Adam), and the
/// scale of its rewards.
struct PolicySettings {
  int hidden = 100;
  double learning_rate = 0.00035;
  double baseline_weight = 0.95;
  int minibatch = 20;
  int updates = 1;  ///< steps of Adam on each minibatch
  double gradient_clip = 1.0;
  Advantage advantage = Advantage::kReward;
  bool avoid_repeats = false;
};

/// A minibatch as an objective sees it; batch x steps: candidate b's decision t at b * steps + t.
template <class T>
struct PolicyBatch {
  std::vector<space::Choices> choices;
  std::vector<T> old_log_probability;  ///< batch x steps, when the candidates were proposed
  std::vector<T> advantage;            ///< one a candidate
};

/// A strategy whose controller proposes and is moved along the gradient of an objective by Adam.
///
/// The advantage is the reward less the moving average of the rewards before the minibatch (at the
/// first one: its mean); or, for "rank", the reward's place among the latest 256 rewards, -1 for
/// the least to 1 for the greatest, so that neither a few hopeless candidates nor the scale of the
/// rewards decide how far the policy moves. Failed trials are left out.
///
/// A candidate beyond the limits is drawn again, and nothing is learned of it: the gradient of the
/// limited objective is then the mean over candidates within them of (reward - their mean) times
/// the gradient of their log-probability, which ranks keep to. After kDraws of a proposal it is
/// drawn uniformly instead, and not learned from: the policy has not drawn it. undrawn() counts
/// them.
class PolicyStrategy : public Strategy {
 public:
  PolicyStrategy(const Candidates& candidates, PolicySettings settings, uint64_t seed);

  std::vector<space::Choices> propose(int count) override;
  void observe(const std::vector<Observation>& observations) override;
  std::string save() const override;
  void restore(const std::string& state) override;
  /// Measured on 64 candidates drawn for it, which are not evaluated. In [0, 1].
  std::optional<double> entropy_share() const override;
  int64_t undrawn() const override { return static_cast<int64_t>(state_.undrawn); }
  /// Of the proposals as they were drawn first, also where repeats were drawn again.
  std::optional<PolicyShape> latest_policy() const override { return latest_policy_; }

 protected:
  /// The gradient of the objective, which is maximized, by tape.log_probability and tape.entropy
  /// (batch x steps each).
  virtual void objective(const PolicyBatch<float>& batch, const Controller<float>::Tape& tape,
                         std::vector<float>& d_log_probability,
                         std::vector<float>& d_entropy) const = 0;
  /// The first number of the saved state: tells the strategies apart.
  virtual uint32_t state_version() const = 0;

 private:
  struct Sample {
    space::Choices choices;
    std::vector<float> log_probability;  // none where the policy has not drawn it
    double reward = 0;
    friend const space::Choices& choices_of(const Sample& sample) { return sample.choices; }
  };
  /// All that changes, so that a damaged state can be refused without having changed anything.
  struct State {
    Controller<float> controller;
    Repeats repeats;
    uint64_t proposed = 0;
    Waiting<Sample> waiting;
    std::vector<Sample> batch;  // observed, not learned from
    double baseline = 0;
    bool has_baseline = false;
    std::deque<double> rewards;  // the latest, for ranks
    uint64_t adam_steps = 0;
    std::vector<float> adam_m, adam_v;
    uint64_t undrawn = 0;
  };
  PolicyShape shape_of(const Controller<float>::Tape& tape) const;
  void learn();
  std::vector<float> advantages();
  void step(std::vector<float>& gradient);
  Sample read_sample(StateReader& reader) const;

  PolicySettings settings_;
  uint64_t seed_;
  Candidates candidates_;
  State state_;
  std::optional<PolicyShape> latest_policy_;  // nothing depends on it: it is not saved
};

}  // namespace nasnet::search
