#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/search/study/findings.h"
#include "nasnet/search/study/search_settings.h"

namespace nasnet::report {

// All that a study's results allow to say, in rows and sentences: the one place that words them,
// for the terminal and for pages. A sentence says that one thing is above another only where their
// 95 % intervals allow it. "" stands for nothing to say. Rewards are RewardText's.

/// "validation accuracy", or "reward" of another objective.
std::string measure_name(const search::Objective& objective);

/// An arm of the study: its best and its mean reward, "-" where there is none.
struct ArmRow {
  std::string name;
  std::string best, interval;      ///< with 95 %
  std::string mean;                ///< +- its standard error
  int64_t trials = 0, failed = 0;  ///< of the mean, and those that failed
};
/// The search's, the random arm's where there is one, and yardsticks that were trained as children.
std::vector<ArmRow> arm_rows(const search::SearchSettings& settings,
                             const search::StudyResult& result);

/// The search's best beside that of the random arm, which no strategy is praised without.
std::string chance_verdict(const search::SearchSettings& settings,
                           const search::StudyResult& result);

/// The fronts of both arms beside each other; "" for a study without several goals.
std::string front_verdict(const search::SearchSettings& settings,
                          const search::StudyResult& result);

/// How counts and scores rank candidates beside their rewards, and where a screen by them did harm;
/// "" where there are none, or too few candidates.
std::string score_verdict(const search::SearchSettings& settings,
                          const search::StudyResult& result);

/// How the studies that were learned from rank this one's candidates, and which misled; "" where
/// there are none, or too few candidates.
std::string earlier_verdict(const search::SearchSettings& settings, const space::SearchSpace& space,
                            const search::StudyResult& result);

/// The objective, where it is another than the accuracy, and how many candidates exceed its limits.
std::string objective_text(const search::SearchSettings& settings,
                           const search::StudyResult& result);

/// How many proposals the policy could not draw within its limits; "" where it could draw all.
std::string undrawn_text(const search::SearchSettings& settings, const search::StudyResult& result);

/// A cell that was trained again: its reward in the search, and the mean of the longer trainings.
struct RetrainedRow {
  std::string name;
  std::string trial;  ///< "-" of a yardstick, which the search has not found
  std::string proxy, longer;
  int64_t seeds = 0;
};
/// Of both arms, the search's first, then of yardsticks.
std::vector<RetrainedRow> retrained_rows(const std::string& strategy,
                                         const search::Objective& objective,
                                         const search::Findings& findings);
/// Their means with intervals, or that there are too few trainings to say anything.
std::string retrained_means(const std::string& strategy, const search::Objective& objective,
                            const search::Findings& findings);
/// Which arm's cells are better, where the interval of the difference tells.
std::string retrained_verdict(const std::string& strategy, const search::Objective& objective,
                              const search::Findings& findings);

inline constexpr const char* kRankingQuestion =
    "Does the short training rank as the longer one does?";
inline constexpr const char* kRankingScale = "1: the same order, 0: none.";
/// The search beside each yardstick: after longer trainings, or the bests of single short ones.
std::vector<std::string> yardstick_verdicts(const search::SearchSettings& settings,
                                            const search::StudyResult& result,
                                            const search::Findings& findings);

/// The correlation of short and longer training, where it was measured: "On 12 candidates:
/// Kendall's tau 0.61 (0.32 to 0.83), Spearman's rho ...".
std::string ranking_text(const search::Findings& findings);

/// Failures of one cause, in all arms.
struct FailureRow {
  std::string cause;
  int64_t count = 0;
  std::string arm;      ///< of the first of them
  int64_t trial = 0;    ///< its number
  std::string example;  ///< "search trial 3: ..."
};
std::vector<FailureRow> failure_rows(const search::StudyResult& result);

/// Processor time by arm, wall-clock time, GPUs and energy.
std::string cost_text(const search::SearchSettings& settings, const search::StudyResult& result);

/// The budget that ended the study before its trials were finished.
std::string spent_text(const search::StudyResult& result);

}  // namespace nasnet::report
