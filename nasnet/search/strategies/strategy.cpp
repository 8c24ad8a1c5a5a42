#include "nasnet/search/strategies/strategy.h"

#include "nasnet/search/strategies/random_strategy.h"
#include "nasnet/search/strategies/strategy_settings.h"

namespace nasnet::search {

std::unique_ptr<Strategy> make_strategy(StrategyKind kind, const Candidates& candidates,
                                        const StrategySettings& settings, uint64_t seed) {
  switch (kind) {
    case StrategyKind::kPpo:
      return std::make_unique<PpoStrategy>(candidates, settings.ppo, seed);
    case StrategyKind::kReinforce:
      return std::make_unique<ReinforceStrategy>(candidates, settings.reinforce, seed);
    case StrategyKind::kEvolution:
      return std::make_unique<EvolutionStrategy>(candidates, settings.evolution, seed);
    case StrategyKind::kBananas:
      return std::make_unique<BananasStrategy>(candidates, settings.bananas, seed);
    case StrategyKind::kRandom:
      break;
  }
  return std::make_unique<RandomStrategy>(candidates, seed);
}

StrategySettings paper_strategies() {
  StrategySettings settings;
  settings.ppo = paper_ppo();
  settings.reinforce = paper_reinforce();
  settings.evolution = {.population = 100, .sample = 25, .avoid_repeats = false};
  return settings;
}

}  // namespace nasnet::search
