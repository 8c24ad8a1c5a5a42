#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "nasnet/search/store/retry.h"
#include "nasnet/search/store/store.h"
#include "nasnet/search/workers/crew.h"

namespace nasnet::search {

/// How a worker that joins a study works on it, see work_on().
struct WorkLoop {
  /// Seconds to wait for work of a study that nobody drives.
  double patience = 300;
  /// The retries that the study allows now, and its objective, asked for every kReadAgain seconds:
  /// it may have been resumed with others. Results until then are judged by the earlier ones, and
  /// again by the study's driver. Where it throws, as for a study that this program cannot read any
  /// more, the trials in work are given back, and the exception goes on.
  std::function<CrewTerms()> read_terms;
  /// Told about every ten seconds: trials that have ended here, and trials in work.
  std::function<void(int64_t ended, int64_t working)> tell;
};
inline constexpr double kReadAgain = 10;

struct WorkEnd {
  int64_t trials = 0;  ///< that have ended here
  std::string reason;  ///< "the study is complete"
};

/// Evaluates trials until the study is complete or its budget is spent, or there has been no work
/// for loop.patience seconds, and gives back those in work. Throws Interrupted, having given them
/// back, where the process is interrupted.
WorkEnd work_on(Store& store, Crew& crew, const WorkLoop& loop);

}  // namespace nasnet::search
