#pragma once

#include <CLI/App.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/base/settings.h"

namespace nasnet::cli {

/// What every verb takes.
struct Common {
  uint64_t seed = 1;
  std::string device = "auto";
  int threads = 0;
  bool json = false;
  bool quiet = false;
};

template <class Visitor>
void visit_settings(Visitor& v, Common& s) {
  v("seed", s.seed, "of every random number: the same seed gives the same result");
  v("device", s.device, "where networks run", Range{.one_of = {"auto", "cpu", "cuda"}});
  v("threads", s.threads, "processor threads; 0 for one a core", Range{0, 1024});
  v("json", s.json, "print results as JSON, for scripts");
  v("quiet", s.quiet, "show no progress");
}

/// Binds declared settings to a verb's flags and to the keys of its configuration file. A flag wins
/// over the file. Owned by the verb's callback.
class Options {
 public:
  explicit Options(CLI::App& app);

  template <class S>
  void add(S& settings) {
    add_list(list_settings(settings));
  }
  Common& common() { return common_; }

  /// The setting `name`, a text, picks the defaults of others: `apply` is called with its value, if
  /// it was given, before the values that were given (by flag or file) are set.
  void add_preset(const std::string& name, std::function<void(const std::string&)> apply);

  /// To be called first in the verb's callback: reads the values, checks them, and sets threads and
  /// the style of progress. Throws InputError.
  void settle();

  /// What was begun with settings of its own goes on with them: after settle(), gives the settings
  /// that `stored` names their values there, but for those that flag, file or preset have set now.
  /// Throws InputError, opened by `where`, for a value that cannot be.
  void adopt(const nlohmann::json& stored, const std::string& where);

 private:
  struct Bound {
    Setting setting;
    CLI::Option* option;
    std::vector<std::string> texts;
    std::vector<std::string> config_texts;  ///< as the configuration file gives it
    bool in_config = false;
  };
  void add_list(std::vector<Setting> settings);
  void read_config();
  /// Sets what presets, flags and file give.
  void take_given();
  /// Sets the value to what was given for it; false where nothing was.
  bool take(Bound& bound) const;
  void check_section(const std::string& section) const;

  CLI::App& app_;
  Common common_;
  std::string config_;
  std::vector<std::unique_ptr<Bound>> bound_;
  std::map<std::string, std::function<void(const std::string&)>> presets_;
};

}  // namespace nasnet::cli
