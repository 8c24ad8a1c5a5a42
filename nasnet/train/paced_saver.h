#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/train/save_pace.h"

namespace nasnet::train {

// Parts of a training that is kept in a folder, whatever it trains.

/// Saves at the pace of SavePace.
class PacedSaver {
 public:
  /// `most_seconds`: of work that a kill may cost.
  PacedSaver(double most_seconds, std::function<void()> write)
      : write_(std::move(write)), pace_(most_seconds, SavePace::Clock::now()) {}

  void save() {
    const auto begin = SavePace::Clock::now();
    write_();
    const auto end = SavePace::Clock::now();
    pace_.saved(begin, end);
    seconds_ += std::chrono::duration<double>(end - begin).count();
  }
  /// That all saves have taken.
  double seconds() const { return seconds_; }
  void save_where_due(bool epoch_ended) {
    if (pace_.due(SavePace::Clock::now(), epoch_ended)) save();
  }

 private:
  std::function<void()> write_;
  SavePace pace_;
  double seconds_ = 0;
};

/// Calls `report`, if any, with the epochs from `reported` on, which then are. A SystemError that
/// it throws, as of a pipe whose reader is gone, is thrown on after the training has been saved.
template <class Epoch>
void report_epochs(const std::vector<Epoch>& history, size_t& reported,
                   const std::function<void(const Epoch&)>& report, PacedSaver& saver) {
  for (; reported < history.size(); ++reported) {
    if (!report) continue;
    try {
      report(history[reported]);
    } catch (const SystemError&) {
      saver.save();
      throw;
    }
  }
}

/// The end of a training that was stopped and saved.
Interrupted stopped_at(int64_t step, int64_t of);

}  // namespace nasnet::train
