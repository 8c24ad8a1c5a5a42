#pragma once

#include "nasnet/base/settings.h"
#include "nasnet/search/ppo.h"
#include "nasnet/search/strategy.h"

namespace nasnet::search {

/// The settings of all strategies; each reads its own.
struct StrategySettings {
  PpoSettings ppo;
  bool operator==(const StrategySettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, StrategySettings& s) {
  visit_settings(v, s.ppo);
}

}  // namespace nasnet::search
