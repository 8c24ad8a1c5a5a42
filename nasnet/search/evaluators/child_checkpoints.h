#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "nasnet/network/network.h"
#include "nasnet/search/evaluators/evaluator.h"
#include "nasnet/train/trainer.h"

namespace nasnet::search {

/// Trainings of children that stopped at a rung, as files of one folder: ARM-NUMBER-EPOCHS
/// .safetensors (see train/checkpoint.h). A folder is one study's; workers of any machine may share
/// it. Nothing depends on it but the time that an evaluation takes: what cannot be read is as if it
/// were not there, and what cannot be written is said on standard error once. The driver removes
/// the files of trials that went no further.
class RungCheckpoints {
 public:
  /// An empty folder: nothing is kept.
  explicit RungCheckpoints(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Gives the training the latest state of this trial that is of at most so many epochs, whole and
  /// of the same identity; leaves it as it is where there is none.
  void restore(const Task& task, int64_t epochs, const std::string& identity,
               network::Network& network, train::Trainer& trainer) const;
  /// True if it is kept now.
  bool save(const Task& task, int64_t epochs, const std::string& identity,
            const network::Network& network, const train::Trainer& trainer);
  /// Removes the trial's files of fewer epochs.
  void remove_before(const Task& task, int64_t epochs) const;
  /// Removes all files of the arm's trials before this one.
  void remove_trials_before(const std::string& arm, int64_t number) const;

 private:
  std::filesystem::path folder_;
  bool told_ = false;  // that it cannot be written
};

}  // namespace nasnet::search
