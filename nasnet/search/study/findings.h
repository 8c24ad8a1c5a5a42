#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/search/study/statistics.h"
#include "nasnet/search/study/study.h"

namespace nasnet::search {

/// A cell that was trained again, several times.
struct Retrained {
  space::Choices choices;
  int64_t trial = 0;            ///< of its arm
  double proxy = 0;             ///< its reward in the search
  std::vector<double> rewards;  ///< of the longer trainings that are done
};

/// A yardstick that was trained as the best cells were.
struct YardstickFinding {
  std::string name;
  std::vector<double> rewards;
  /// Of its trainings, and of the search's best cells less it; none where one training is too few.
  std::optional<Estimate> mean, difference;
};

/// The results of the trainings at the end of a study; empty where there were none.
struct Findings {
  std::vector<Retrained> search, baseline;  ///< of each arm, in the order of the proxy
  /// Over cells and seeds; none where there is one training only, which decides nothing.
  std::optional<Estimate> search_mean, baseline_mean, difference;
  /// Does the short training rank candidates as the longer one does?
  std::optional<Estimate> kendall, spearman;
  int64_t sampled = 0;
  std::vector<YardstickFinding> yardsticks;  ///< none where no cell was trained again
};
/// Judges the trainings at the end of the study: of rewards, with 95 % intervals (statistics.h).
Findings find(const StudyResult& result);

/// A sign that a search has collapsed or has learned from noise.
struct Alarm {
  std::string name;  ///< "entropy", "repeats", "flat", "weightless"
  std::string text;  ///< one sentence that says what was seen and what may help
};
/// Alarms look at no more than so many of the latest trials, and at the best one.
inline constexpr int64_t kAlarmTrials = 200;
/// `weightless`: the share of a candidate's operations that have no weights (identities, pools).
std::vector<Alarm> alarms(const StudyResult& result,
                          const std::function<double(const space::Choices&)>& weightless = {});

}  // namespace nasnet::search
