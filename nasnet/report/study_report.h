#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nasnet/report/best_cells.h"
#include "nasnet/report/verdicts.h"
#include "nasnet/search/study/findings.h"
#include "nasnet/search/study/stored_study.h"

namespace nasnet::report {

/// Failures of one cause, with the end of the first one's log; "" where none is kept.
struct LoggedFailure {
  FailureRow row;
  std::string log;
};

/// All that a report of a study is made of, as the store has it now.
struct StudyReport {
  search::StoredStudy study;
  std::shared_ptr<const space::SearchSpace> space;
  search::StudyResult result;
  search::Findings findings;
  std::vector<search::Alarm> alarms;
  std::vector<LoggedFailure> failures;
  std::vector<Saved> best, random;  ///< cells of the search, and of the random arm
  search::DriverRecord driver;
  bool driver_ended = false;        ///< without leaving the study in good order
  int64_t finished = 0, total = 0;  ///< trials of all arms
};

/// Reads a study, of this version or an older one, that may be running meanwhile; no byte is
/// changed. `store`: postgresql://..., or "" for a file. Throws InputError for what is no study, a
/// newer one, one without settings yet and a damaged one, SystemError where it is out of reach.
StudyReport read_report(const std::string& store, const std::string& study);

/// Where the study stands, in one sentence.
std::string state_text(const StudyReport& report);

}  // namespace nasnet::report
