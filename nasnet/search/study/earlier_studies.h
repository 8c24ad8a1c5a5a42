#pragma once

#include <vector>

#include "nasnet/search/goals/lessons.h"
#include "nasnet/search/study/search_settings.h"
#include "nasnet/search/study/statistics.h"

namespace nasnet::search {

/// The studies that a new study learns from (--learn-from): files, or names in the --store. Of a
/// study that is there already those that it keeps, wherever their files may be now.
///
/// Their finished trials of both arms are judged by the new study's objective; its goals that can
/// be counted are, on its own networks. At most 2,000 trials are kept, shared out among the
/// studies: see forget_some().
///
/// Throws InputError that begins with --learn-from: a strategy that learns from its own trials
/// alone; a study that cannot be read, of another space, without a finished trial, or whose trials
/// lack a measurement that the objective or a goal asks for.
std::vector<EarlierStudy> read_earlier_studies(const SearchSettings& settings,
                                               const StudySpec& spec);

/// Makes them the study's own, which resumes without their files; nothing where it has some. For
/// the study's driver, before its first proposal.
void keep_earlier_studies(Store& store, const std::vector<EarlierStudy>& earlier);

/// How an earlier study ranks this one's candidates: Kendall's tau-b, with its 95 % interval, of
/// the places that a model of its trials alone gives them, with their rewards.
struct EarlierFinding {
  std::string name;
  int64_t lessons = 0;  ///< trials of that study
  Estimate kendall;
};
struct EarlierFindings {
  int64_t candidates = 0;
  bool of_baseline = false;  ///< candidates are the random arm's, or without one the search's
  std::vector<EarlierFinding> studies;
};
/// Nothing where there are no earlier studies, or fewer than ten candidates.
EarlierFindings find_earlier(const space::SearchSpace& space, const StudySettings& settings,
                             const StudyResult& result);

/// Those that the study keeps. Throws InputError where it is damaged.
std::vector<EarlierStudy> kept_earlier_studies(Store& store);

}  // namespace nasnet::search
