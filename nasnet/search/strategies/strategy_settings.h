#pragma once

#include "nasnet/base/settings.h"
#include "nasnet/search/strategies/bananas.h"
#include "nasnet/search/strategies/evolution.h"
#include "nasnet/search/strategies/ppo.h"
#include "nasnet/search/strategies/reinforce.h"
#include "nasnet/search/strategies/strategy.h"

namespace nasnet::search {

/// The settings of all strategies; each reads its own.
struct StrategySettings {
  PpoSettings ppo;
  ReinforceSettings reinforce;
  EvolutionSettings evolution;
  BananasSettings bananas;
  bool operator==(const StrategySettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, StrategySettings& s) {
  visit_settings(v, s.ppo);
  visit_settings(v, s.reinforce);
  visit_settings(v, s.evolution);
  visit_settings(v, s.bananas);
}

/// The settings of `--preset paper`: the papers' constants, without what they do not name (ranks,
/// avoiding repeats).
StrategySettings paper_strategies();

}  // namespace nasnet::search
