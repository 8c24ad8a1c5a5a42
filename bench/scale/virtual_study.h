#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bench/scale/load.h"
#include "nasnet/search/store/database.h"
#include "nasnet/search/study/halving.h"

namespace nasnet::scale {

/// The study to simulate.
struct Plan {
  int workers = 500;
  int64_t generation = 500, lag = 3;
  int64_t trials = 5000;  ///< of each arm: the strategy's and the baseline's
  bool baseline = true;
  search::HalvingSettings halving;
  int64_t epochs = 27;      ///< of a whole training, where there are rungs
  bool checkpoints = true;  ///< trainings go on at the rung where they stopped
  Load load;
};

/// The outcome. Shares are of the time until the last candidate was handed out for the first
/// time: after that workers run out of work because the study is ending.
struct Outcome {
  double utilisation = 0;             ///< share of the workers' time that they evaluated in
  double whole = 0;                   ///< the same until the last trial had ended
  int64_t trials = 0;                 ///< evaluations, one for each rung; repeats have none
  double hours = 0;                   ///< of the study
  double driver = 0;                  ///< share of the time that the driver was busy
  double store = 0;                   ///< share of the time that the store was serving
  double calls = 0;                   ///< of workers to the store, each second
  double median_ms = 0, slow_ms = 0;  ///< of a worker's call; 99 % are quicker than the second
};

/// Runs a study in virtual time. Evaluations are only waited for; every call to the store and every
/// step of the driver is really made, measured, and added to the clock of who made it. Calls wait
/// for each other as if the store served one at a time. `open` opens a connection to an empty
/// store.
Outcome run_virtual(const Plan& plan,
                    const std::function<std::unique_ptr<search::Database>()>& open);

}  // namespace nasnet::scale
