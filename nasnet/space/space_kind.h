#pragma once

#include <functional>
#include <memory>
#include <string>

#include "nasnet/base/registry.h"
#include "nasnet/space/search_space.h"

namespace nasnet::space {

/// A kind of search space, as --space names it.
struct SpaceKind {
  std::string name;
  std::string help;      ///< in one line
  AnySettings settings;  ///< of its own, with their defaults
  /// Throws InputError for settings that make no space.
  std::function<std::unique_ptr<SearchSpace>(const AnySettings& settings)> make;
  /// The evaluator of its candidates where none is named; "": the first that serves it.
  std::string evaluator = {};
};

/// All kinds of spaces: first those of kinds/, one file each, then those that the program adds with
///
///     space::spaces().add({.name = "mine", .help = "...", .make = ...});
///
/// before it reads settings: flags, files, help and stored studies then know them.
Registry<SpaceKind>& spaces();

}  // namespace nasnet::space
