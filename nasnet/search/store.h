#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/search/trial.h"

namespace nasnet::search {

/// How far the loop of one arm has come: all that a resumed study needs beside the trials.
struct ArmProgress {
  int64_t proposed = 0;  ///< generations proposed
  int64_t observed = 0;  ///< generations that the strategy has observed
  std::string strategy_state;
};

/// A study in one SQLite file (WAL, fsync at every commit): settings, trials, strategy states and
/// what was spent. The only truth: a killed study is reopened from it. One process may hold it at a
/// time. Throws InputError for a file that is no study, one of another version, or one that another
/// search holds; SystemError where the disk fails or is full (then what was committed stays).
class Store {
 public:
  /// Opens the study, or makes a new one where there is no file.
  explicit Store(const std::filesystem::path& file);
  ~Store();
  Store(const Store&) = delete;

  const std::filesystem::path& file() const { return file_; }

  /// The settings the study was made with; null for a new one.
  nlohmann::json settings() const;
  void set_settings(const nlohmann::json& settings);

  std::vector<Trial> trials(const std::string& arm) const;
  ArmProgress progress(const std::string& arm) const;

  /// Stores a step of an arm's loop in one transaction: its progress and the new proposals.
  void advance(const std::string& arm, const ArmProgress& progress,
               const std::vector<Trial>& proposals);

  /// Stores results (or raised attempts) of trials that are known already, in one transaction, with
  /// the wall-clock seconds spent since the last call.
  void update(const std::vector<Trial>& trials, double seconds);

  /// Wall-clock seconds spent on the study by all processes so far.
  double seconds_spent() const;

 private:
  struct Connection;
  std::filesystem::path file_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace nasnet::search
