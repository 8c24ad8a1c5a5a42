#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/search/study/study.h"

namespace nasnet::search {

// The trainings at the end of a study: of the best cells, and of a sample.

/// The epochs of each of them.
int64_t retrain_epochs(const StudySpec& spec);

/// The candidates that are trained again: the best of the search, and of the baseline where there
/// is one.
std::vector<space::Choices> best_candidates(Store& store, const StudySpec& spec);

/// Candidates of the search at even steps of its ranking, the best and the worst among them.
std::vector<space::Choices> sample_candidates(Store& store, const StudySpec& spec);

}  // namespace nasnet::search
