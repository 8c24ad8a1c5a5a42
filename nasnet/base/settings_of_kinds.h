#pragma once

#include <string>
#include <utility>
#include <vector>

#include "nasnet/base/registry.h"

namespace nasnet {

/// The settings of every kind in a registry, as they are when this is made: first their defaults.
class SettingsOfKinds {
 public:
  template <class Kind>
  explicit SettingsOfKinds(const Registry<Kind>& kinds) {
    for (const Kind& kind : kinds) settings_.emplace_back(kind.name, kind.settings);
  }

  /// Throws InputError for a kind that there was not.
  const AnySettings& at(const std::string& kind) const {
    for (const auto& [name, settings] : settings_)
      if (name == kind) return settings;
    throw InputError("'" + kind + "' has no settings");
  }
  AnySettings& at(const std::string& kind) {
    return const_cast<AnySettings&>(std::as_const(*this).at(kind));
  }

  auto begin() { return settings_.begin(); }
  auto end() { return settings_.end(); }

  friend void visit_settings(SettingList& v, SettingsOfKinds& s) {
    const std::string topic = v.topic();
    for (auto& [name, settings] : s.settings_) {
      v.topic(topic);  // unless the kind names one of its own
      visit_settings(v, settings);
    }
  }

 private:
  std::vector<std::pair<std::string, AnySettings>> settings_;
};

}  // namespace nasnet
