#pragma once

#include <string>
#include <vector>

#include "nasnet/base/settings.h"

namespace nasnet::cli {

/// A word that a verb takes without a flag, as the genotype of `nasnet train`.
struct Argument {
  std::string name;
  std::string help;
  bool required = true, many = false;
  std::vector<std::string> offers = {};  ///< values to complete
  bool is_file = true;                   ///< completed as files are
};

/// A command worth showing, and what it is for.
struct Example {
  std::string command, purpose;
};

/// A verb as its help, the manual and the shells' completion describe it: all of it stands where
/// the verb and its settings are declared.
struct VerbText {
  std::string name, summary;
  std::vector<Argument> arguments;
  std::vector<Setting> settings;  ///< those of every verb last
  std::vector<Example> examples;
};

/// The topic of the settings that every verb has.
inline constexpr const char* kEveryVerb = "Every verb";

/// Its topics in the order of their settings.
std::vector<std::string> topics_of(const VerbText& verb);

/// How its settings are typed: "--data", or "--baseline, --no-baseline" for what is on by default.
std::vector<std::string> flags_of(const Setting& setting);
/// A flag that takes no value.
bool is_switch(const Setting& setting);
/// The word for its value in help: "FILE", "N"; "" for a switch.
std::string placeholder_of(const Setting& setting);
/// Its help with the values it takes and its default: "where networks run (auto, cpu) [auto]".
std::string help_of(const Setting& setting);
/// "nasnet train GENOTYPE [SETTINGS]".
std::string usage_of(const VerbText& verb);

}  // namespace nasnet::cli
