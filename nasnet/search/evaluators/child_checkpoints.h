#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "nasnet/search/evaluators/evaluator.h"
#include "nasnet/train/checkpoint.h"

namespace nasnet::search {

/// How far a child is trained this time.
struct Rung {
  /// `schedule`: epochs of a whole training, where the task names none.
  Rung(const Task& task, int64_t schedule);
  bool is_last() const { return epochs == schedule; }

  const Task& task;
  int64_t schedule, epochs;
};

/// Trainings of children that stopped at a rung, as files of one folder: ARM-NUMBER-EPOCHS
/// .safetensors (see train/checkpoint.h). A folder is one study's; workers of any machine may share
/// it. Nothing depends on it but the time that an evaluation takes: what cannot be read is as if it
/// were not there, and what cannot be written is said on standard error once. The driver removes
/// the files of trials that went no further.
class RungCheckpoints {
 public:
  /// An empty folder: nothing is kept.
  explicit RungCheckpoints(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Gives the training the latest state of this trial that is of at most the rung's epochs, whole
  /// and of the same child; leaves it as it is where there is none. Then trains it to the rung,
  /// keeps it for the next one, measures it, and removes the trial's files of fewer epochs.
  /// `child`: all that the training depends on beside task and schedule.
  Measurements evaluate(const Rung& rung, const nlohmann::json& child, train::Resumable& training,
                        const std::function<void()>& train,
                        const std::function<Measurements()>& measure);
  /// Removes all files of the arm's trials before this one.
  void remove_trials_before(const std::string& arm, int64_t number) const;

 private:
  void restore(const Rung& rung, const nlohmann::json& child, train::Resumable& training) const;
  bool save(const Rung& rung, const nlohmann::json& child, const train::Resumable& training);

  std::filesystem::path folder_;
  bool told_ = false;  // that it cannot be written
};

}  // namespace nasnet::search
