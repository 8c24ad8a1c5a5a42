#pragma once

#include <string>

#include "nasnet/search/study/search_settings.h"
#include "nasnet/search/study/study.h"

namespace nasnet::report {

/// The change that lets failed trials succeed: "raise --trial-time (now 1s)"; "" where none has
/// failed.
std::string failure_remedy(const search::SearchSettings& settings,
                           const search::StudyResult& result);

/// Why a study that has ended has found nothing, and what to change: one line.
std::string explain_no_result(const search::SearchSettings& settings,
                              const search::StudyResult& result);

}  // namespace nasnet::report
