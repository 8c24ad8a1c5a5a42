#include "nasnet/search/strategies/strategy.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/search/strategies/ppo.h"
#include "nasnet/search/strategies/random_strategy.h"
#include "nasnet/search/strategies/strategy_settings.h"

namespace nasnet::search {

namespace {

template <class Made, auto kSettings>
std::unique_ptr<Strategy> make(const space::SearchSpace& space, const StrategySettings& settings,
                               uint64_t seed) {
  return std::make_unique<Made>(space, settings.*kSettings, seed);
}

/// Draws uniformly, and so has no settings.
std::unique_ptr<Strategy> make_random(const space::SearchSpace& space, const StrategySettings&,
                                      uint64_t seed) {
  return std::make_unique<RandomStrategy>(space, seed);
}

struct Known {
  const char* name;
  std::unique_ptr<Strategy> (*make)(const space::SearchSpace& space,
                                    const StrategySettings& settings, uint64_t seed);
};

constexpr Known kStrategies[] = {
    {"ppo", make<PpoStrategy, &StrategySettings::ppo>},
    {"reinforce", make<ReinforceStrategy, &StrategySettings::reinforce>},
    {"random", make_random},
    {"evolution", make<EvolutionStrategy, &StrategySettings::evolution>},
    {"bananas", make<BananasStrategy, &StrategySettings::bananas>},
};

}  // namespace

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const Known& known : kStrategies) names.emplace_back(known.name);
  return names;
}

std::unique_ptr<Strategy> make_strategy(const std::string& name, const space::SearchSpace& space,
                                        const StrategySettings& settings, uint64_t seed) {
  for (const Known& known : kStrategies)
    if (name == known.name) return known.make(space, settings, seed);
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
