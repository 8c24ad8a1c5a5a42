#pragma once

#include <nasnet/genotype.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nasnet {

/// A candidate that a search has proposed, and how far it has come.
struct Trial {
  int64_t number = 0;  ///< within its arm, from 0
  /// "done" or "failed"; "pending", "running", "paused" at a rung, "waiting" for the trial that it
  /// repeats, or "held" until more trials are asked for.
  std::string state;
  /// Of a trial that is done: the study's objective as one number. Validation accuracy, [0, 1],
  /// where no other objective was given.
  std::optional<double> reward;
  /// Within all limits of the objective; false of a trial that is not done. One that is done and
  /// beyond them has a negative reward, and is never among the best.
  bool within_limits = false;
  std::optional<Genotype> genotype;  ///< its cells; none in spaces that have no genotypes
  std::string candidate;             ///< the same in one line, in every space
  std::optional<int64_t> repeats;    ///< the earlier trial that is the same but for names and order
  /// All that was measured, by name: "accuracy", "parameters", "validation_images", ...
  std::map<std::string, double> measurements;
  std::string failure;      ///< of a trial that failed: why, in words
  double core_seconds = 0;  ///< of processor time, all attempts
};

/// A study that a search has made, as it is when it is asked. It is opened for reading only: the
/// search may go on meanwhile and is not disturbed, no byte of the study is changed, and studies of
/// older versions are read as they are. Not for several threads at once.
class Study {
 public:
  /// `study` is a file, or its name in the PostgreSQL database `store` (postgresql://USER@HOST/DB).
  /// Throws InputError where it is no study, SystemError where the file or the server is out of
  /// reach.
  static Study open(const std::string& study, const std::string& store = "");
  Study(Study&&) noexcept;
  Study& operator=(Study&&) noexcept;
  ~Study();

  uint64_t seed() const;
  /// As one would type them, by the names of `nasnet search`: "trials" -> "100".
  std::map<std::string, std::string> settings();
  /// All trials that were asked for are finished.
  bool is_complete();

  /// Trials of an arm in their order: "search" (the strategy's), "baseline" (random ones),
  /// "retrain" and "sample" (the trainings at the end). Throws InputError for another arm.
  std::vector<Trial> trials(const std::string& arm = "search");
  /// The number of an arm's trials in each state that any is in, by its name: those, too, that were
  /// asked for with a larger number of trials. In a moment, however large the study.
  std::map<std::string, int64_t> counts(const std::string& arm = "search");
  /// The best trials that are done, keep the objective's limits and repeat no other, at most
  /// `count`, the best first; earlier trials win ties.
  std::vector<Trial> best(int64_t count, const std::string& arm = "search");
  /// The object that `nasnet search --json` prints, as JSON.
  std::string report();

 private:
  struct State;
  explicit Study(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nasnet
