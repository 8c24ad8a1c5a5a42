#include "nasnet/search/strategies/strategy.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/search/strategies/ppo.h"
#include "nasnet/search/strategies/random_strategy.h"
#include "nasnet/search/strategies/strategy_settings.h"

namespace nasnet::search {

std::vector<std::string> strategy_names() {
  return {"ppo", "reinforce", "random", "evolution", "bananas"};
}

std::unique_ptr<Strategy> make_strategy(const std::string& name, const space::SearchSpace& space,
                                        const StrategySettings& settings, uint64_t seed) {
  if (name == "ppo") return std::make_unique<PpoStrategy>(space, settings.ppo, seed);
  if (name == "reinforce")
    return std::make_unique<ReinforceStrategy>(space, settings.reinforce, seed);
  if (name == "evolution")
    return std::make_unique<EvolutionStrategy>(space, settings.evolution, seed);
  if (name == "bananas") return std::make_unique<BananasStrategy>(space, settings.bananas, seed);
  if (name == "random") return std::make_unique<RandomStrategy>(space, seed);
  throw InputError(
      fmt::format("unknown strategy '{}'{}", name, suggestion(name, strategy_names())));
}

StrategySettings paper_strategies() {
  StrategySettings settings;
  settings.ppo = paper_ppo();
  settings.reinforce = paper_reinforce();
  settings.evolution = {.population = 100, .sample = 25, .avoid_repeats = false};
  return settings;
}

}  // namespace nasnet::search
