#pragma once

#include <CLI/App.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/config_file.h"
#include "cli/verb_text.h"
#include "nasnet/base/settings.h"
#include "nasnet/network/computation.h"

namespace nasnet::cli {

/// The flags that every verb takes.
struct Common {
  uint64_t seed = 1;
  network::DeviceChoice device = network::DeviceChoice::kAuto;
  int threads = 0;
  bool json = false;
  bool quiet = false;
};

template <class Visitor>
void visit_settings(Visitor& v, Common& s) {
  v.topic(kEveryVerb);
  v("seed", s.seed, "seed of every random number: the same seed gives the same result");
  v("device", s.device, "processor or GPU that networks run on; auto: a GPU where there is one");
  v("threads", s.threads, "processor threads; 0 for one a core", Range{0, 1024});
  v("json", s.json, "print results as JSON, for scripts");
  v("quiet", s.quiet, "show no progress");
}

/// The settings' names, for Options::take_only(), after `more`.
template <class S>
std::vector<std::string> names_of_settings(S& settings, std::vector<std::string> more = {}) {
  for (const Setting& setting : list_settings(settings)) more.push_back(setting.name);
  return more;
}

/// A verb's arguments and settings: bound to its command line and to the keys of its configuration
/// file, and described for its help. A flag wins over the file.
///
/// A verb that does two kinds of work, as training classifiers and detectors, adds the settings of
/// both: of one name they share the flag and keep a default each. Once the verb knows its work it
/// refuses, by take_only(), what was given for the other.
class Options {
 public:
  /// Of the verb that `app` parses.
  explicit Options(CLI::App& app);
  Options(const Options&) = delete;

  template <class S>
  void add(S& settings) {
    add_list(list_settings(settings));
  }
  /// A word that must be given; with a list one or more of them.
  Argument& argument(const std::string& name, std::string& value, const std::string& help);
  Argument& argument(const std::string& name, std::vector<std::string>& values,
                     const std::string& help);
  /// A word that need not be given.
  Argument& optional_argument(const std::string& name, std::string& value, const std::string& help);
  Argument& optional_argument(const std::string& name, std::vector<std::string>& values,
                              const std::string& help);
  /// The verb's own default of --threads.
  void set_default_threads(int threads) { common_.threads = threads; }
  void example(const std::string& command, const std::string& purpose = "");

  /// The setting `name`, a text, picks the defaults of others: `apply` is called with its value, if
  /// it was given, before the values that were given (by flag or file) are set.
  void add_preset(const std::string& name, std::function<void(const std::string&)> apply);

  /// Sets the verb's work, called once its values are read and checked, and threads (of which
  /// there is at least one then) and the style of progress are set.
  void run(std::function<void(const Common&)> work);

  VerbText text();

  /// Throws InputError, "--NAME `why`", for the first setting that was given and is none of these,
  /// nor one of every verb.
  void take_only(const std::vector<std::string>& names, const std::string& why) const;

  /// Resumes with the settings of the first run: after settle(), gives the settings
  /// that `stored` names their values there, but for those that flag, file or preset have set now.
  /// Throws InputError, opened by `where`, for a value that cannot be.
  void adopt(const nlohmann::json& stored, const std::string& where);

 private:
  struct Bound {
    std::vector<Setting> settings;  // of one name; help shows the first
    CLI::Option* option;
    std::vector<std::string> texts;
    std::optional<ConfigEntry> in_config;

    bool given() const;
    Setting shown() const;  // with the defaults of all
  };
  Argument& add_argument(Argument argument, CLI::Option* option);
  void add_list(std::vector<Setting> settings);
  /// Throws InputError.
  void settle();
  void read_config_file();
  /// Sets what presets, flags and file give.
  void take_given();
  /// Sets the value to what was given for it; false where nothing was.
  bool take(Bound& bound) const;

  CLI::App& app_;
  std::vector<std::unique_ptr<Argument>> arguments_;
  std::vector<Example> examples_;
  Common common_;
  std::string config_;
  std::vector<std::unique_ptr<Bound>> bound_;
  std::map<std::string, std::function<void(const std::string&)>> presets_;
};

}  // namespace nasnet::cli
