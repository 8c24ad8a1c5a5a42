#pragma once

#include <string>
#include <utility>

#include "nasnet/base/settings.h"

namespace nasnet {

/// Lists settings under longer names, where others have the short ones already: "epochs" as
/// "detector_epochs". None of them is among the few that --help shows.
class PrefixedSettings {
  /// The words by which a setting is declared further; none makes it essential.
  struct Declared {
    Setting& setting;
    Declared& as(std::string placeholder) {
      setting.as(std::move(placeholder));
      return *this;
    }
    Declared& everyone_needs_it() { return *this; }
  };

 public:
  PrefixedSettings(SettingList& list, std::string prefix)
      : list_(list), prefix_(std::move(prefix)) {}

  void topic(const std::string&) {}  // all stand under the topic of the list
  template <class... Arguments>
  Declared operator()(const std::string& name, Arguments&&... arguments) {
    return {list_(prefix_ + name, std::forward<Arguments>(arguments)...)};
  }

 private:
  SettingList& list_;
  std::string prefix_;
};

}  // namespace nasnet
