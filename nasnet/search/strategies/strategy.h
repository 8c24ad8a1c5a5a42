#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/base/enum_names.h"
#include "nasnet/search/goals/candidates.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// The outcome of one proposal.
struct Observation {
  space::Choices choices;
  std::optional<double> reward;  ///< none where the trial failed
  Losses losses = {};            ///< in a study of several goals, where the trial is done
};

/// A policy as it shows in candidates that were drawn from it.
struct PolicyShape {
  /// The mean entropy of their decisions, as a share of the most that it could be.
  double entropy = 0;
  /// Decision by decision the probability of each choice, as a mean over the candidates, whose
  /// earlier decisions differ.
  std::vector<std::vector<double>> probabilities;
};

/// Proposes candidates and learns from their rewards. Knows nothing of images or storage. Its
/// proposals depend on its settings, its seed and its observations alone: neither on time nor on
/// the number of workers. A study calls it from one thread.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// The next `count` candidates, exactly as many. Repeats of earlier ones are allowed: they are
  /// given those ones' rewards.
  virtual std::vector<space::Choices> propose(int count) = 0;
  /// Takes results of the candidates that were proposed and not observed yet, in the order of their
  /// proposals, from the oldest on. Throws InternalError for another order.
  virtual void observe(const std::vector<Observation>& observations) = 0;
  /// The whole state as bytes, and back: a restored strategy goes on exactly like the saved one.
  /// restore() throws InputError for bytes that are damaged, or of another strategy or space, and
  /// then leaves the strategy as it was.
  virtual std::string save() const = 0;
  virtual void restore(const std::string& state) = 0;
  /// The entropy of the distribution that it draws from, as a share of the most that it could be;
  /// none for a strategy without one, or before its first proposal.
  virtual std::optional<double> entropy_share() const { return std::nullopt; }
  /// The proposals so far that the policy could not draw within the limits, see PolicyStrategy.
  virtual int64_t undrawn() const { return 0; }
  /// The policy that the latest proposals were drawn from; none for a strategy without one, and
  /// before its first proposal since it was made or restored.
  virtual std::optional<PolicyShape> latest_policy() const { return std::nullopt; }
};

/// The strategies there are.
enum class StrategyKind { kPpo, kReinforce, kRandom, kEvolution, kBananas };
constexpr EnumNames<StrategyKind, 5> names_of(StrategyKind) {
  return {{{StrategyKind::kPpo, "ppo"},
           {StrategyKind::kReinforce, "reinforce"},
           {StrategyKind::kRandom, "random"},
           {StrategyKind::kEvolution, "evolution"},
           {StrategyKind::kBananas, "bananas"}}};
}

struct StrategySettings;

/// A strategy of this kind, before its first proposal; it proposes nothing that the candidates do
/// not admit. Their space must outlive it.
std::unique_ptr<Strategy> make_strategy(StrategyKind kind, const Candidates& candidates,
                                        const StrategySettings& settings, uint64_t seed);

/// True for strategies that look for the front of several goals; the others learn from the reward
/// alone.
inline bool holds_front(StrategyKind kind) {
  return kind == StrategyKind::kEvolution || kind == StrategyKind::kBananas;
}
/// True for controllers, which learn from what their policy has drawn.
inline bool is_policy(StrategyKind kind) {
  return kind == StrategyKind::kPpo || kind == StrategyKind::kReinforce;
}

}  // namespace nasnet::search
