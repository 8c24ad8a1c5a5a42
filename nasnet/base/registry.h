#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/base/any_settings.h"
#include "nasnet/base/error.h"

namespace nasnet {

/// The first element of a range with this `name`, or null.
template <class Range>
auto* find_named(Range& range, const std::string& name) {
  const auto found =
      std::find_if(range.begin(), range.end(), [&](const auto& one) { return one.name == name; });
  return found == range.end() ? nullptr : &*found;
}

/// Kinds of a thing, found by their names. A kind is a struct with a `name`, a `help` of one line
/// and `settings` (AnySettings) with their defaults. To be filled before the program has threads.
template <class Kind>
class Registry {
 public:
  /// `noun` names the thing in messages: "space".
  Registry(std::string noun, std::vector<Kind> kinds) : noun_(std::move(noun)) {
    for (Kind& kind : kinds) add(std::move(kind));
  }
  Registry(const Registry&) = delete;

  /// Throws InputError where there is one of this name. True, so that a file of a program can add
  /// its kind as the program is loaded: const bool kAdded = spaces().add(...).
  bool add(Kind kind) {
    if (find_named(kinds_, kind.name))
      throw InputError("there is a " + noun_ + " '" + kind.name + "' already");
    kinds_.push_back(std::move(kind));
    return true;
  }

  /// Throws InputError with the nearest name where there is none of this one.
  const Kind& find(const std::string& name) const {
    if (const Kind* kind = find_named(kinds_, name)) return *kind;
    throw InputError("unknown " + noun_ + " '" + name + "'" + suggestion(name, names()));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Kind& kind : kinds_) names.push_back(kind.name);
    return names;
  }
  /// "nasnet: pairs of cells; nasbench201: ...".
  std::string help() const {
    std::string text;
    for (const Kind& kind : kinds_)
      text += (text.empty() ? "" : "; ") + kind.name + ": " + kind.help;
    return text;
  }
  auto begin() const { return kinds_.begin(); }
  auto end() const { return kinds_.end(); }

 private:
  std::string noun_;
  std::deque<Kind> kinds_;  // stay where they are
};

}  // namespace nasnet
