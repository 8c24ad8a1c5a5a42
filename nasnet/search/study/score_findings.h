#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/search/goals/screen.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/search/study/study.h"

namespace nasnet::search {

/// How a quantity that was known beforehand ranks candidates beside their rewards: Kendall's tau-b
/// with its 95 % interval. The direction is the screen's, so that a negative one ranks the wrong
/// way round.
struct ScoreFinding {
  ScreenTerm term;
  Estimate kendall;
};

/// Quantities beside the rewards of the arm that no screen has chosen, or where there is none, of
/// the search's.
struct ScoreFindings {
  int64_t candidates = 0;
  bool of_baseline = false;
  std::vector<ScoreFinding> scores;
  std::optional<Estimate> screen;  ///< of the sum of ranks, where there is a screen
};

/// Of jacov, naswot and synflow where trials have them, and of the screen's terms. Nothing where
/// fewer than ten candidates have all of them.
ScoreFindings find_scores(const StudySettings& settings, const StudyResult& result);

}  // namespace nasnet::search
