#pragma once

#include <string>

#include "nasnet/doctor/finding.h"
#include "nasnet/search/study/search_settings.h"
#include "nasnet/search/study/study.h"

namespace nasnet::doctor {

/// A study as it was read.
struct StudyFacts {
  std::string name;
  search::StudyState state = search::StudyState::kNew;
  bool is_silent = false;  ///< it is to be driven, but its driver says nothing
};

/// Finds what is wrong with a study: collapse, a proxy that does not rank, intervals too wide to
/// tell, failures, a silent driver. The judgements are those of reports (search::find(), alarms()).
Diagnosis examine_study(const StudyFacts& facts, const search::SearchSettings& settings,
                        const space::SearchSpace& space, const search::StudyResult& result);

/// Reads the study `study`, a file or with `store` a name in that database, without changing it.
/// Listens for its driver for `patience` seconds where it is running. Throws InputError where it is
/// none.
Diagnosis examine_study(const std::string& store, const std::string& study, double patience = 10);

}  // namespace nasnet::doctor
