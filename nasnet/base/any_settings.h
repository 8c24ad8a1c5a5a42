#pragma once

#include <any>
#include <concepts>
#include <utility>

#include "nasnet/base/settings.h"

namespace nasnet {

/// A struct of settings whose type only its owner knows: copied, listed and stored like any other.
class AnySettings {
 public:
  /// None at all.
  AnySettings() = default;
  /// Takes any struct with a visit_settings(); implicit, so that kinds are declared with theirs in
  /// place.
  template <class S>
  requires(!std::same_as<S, AnySettings>) AnySettings(S settings)
      : value_(std::move(settings)), visit_([](SettingList& v, std::any& value) {
          visit_settings(v, *std::any_cast<S>(&value));
        }) {}

  /// `S` must be the type that these were made of.
  template <class S>
  const S& as() const {
    return std::any_cast<const S&>(value_);
  }
  template <class S>
  S& as() {
    return std::any_cast<S&>(value_);
  }

  friend void visit_settings(SettingList& v, AnySettings& s) {
    if (s.visit_) s.visit_(v, s.value_);
  }

 private:
  /// The struct, and the one function that still knows its type.
  std::any value_;
  void (*visit_)(SettingList&, std::any&) = nullptr;
};

}  // namespace nasnet
