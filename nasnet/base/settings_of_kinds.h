#pragma once

#include <string>
#include <vector>

#include "nasnet/base/check.h"
#include "nasnet/base/registry.h"

namespace nasnet {

/// The settings of every kind in a registry, as they are when this is made: first their defaults.
class SettingsOfKinds {
  struct OfKind {
    std::string name;
    AnySettings settings;
  };
  /// One body for both at(): `Kinds` is const or not.
  template <class Kinds>
  static auto& find(Kinds& kinds, const std::string& name) {
    auto* found = find_named(kinds, name);
    NASNET_CHECK(found, "kinds are registered before there are settings");
    return *found;
  }

 public:
  template <class Kind>
  explicit SettingsOfKinds(const Registry<Kind>& kinds) {
    for (const Kind& kind : kinds) kinds_.push_back({kind.name, kind.settings});
  }

  /// For a kind that was in the registry by then.
  const AnySettings& at(const std::string& kind) const { return find(kinds_, kind).settings; }
  AnySettings& at(const std::string& kind) { return find(kinds_, kind).settings; }

  auto begin() { return kinds_.begin(); }
  auto end() { return kinds_.end(); }

  /// Lists the settings of all kinds, as flags of all strategies or evaluators stand side by side.
  friend void visit_settings(SettingList& v, SettingsOfKinds& s) {
    const std::string topic = v.topic();
    for (auto& [name, settings] : s.kinds_) {
      v.topic(topic);  // unless the kind names one of its own
      visit_settings(v, settings);
    }
  }

 private:
  std::vector<OfKind> kinds_;
};

}  // namespace nasnet
