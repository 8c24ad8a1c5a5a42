#pragma once

#include <string>

#include "nasnet/report/study_report.h"

namespace nasnet::report {

/// A study as one page of HTML that needs no other file, no script and no network: to be read,
/// printed and handed on. It shows no password. Its figures and sentences are those of `nasnet
/// search` and its
/// --json (verdicts.h). `made`: when, for people; "" leaves it out, and the same study then gives
/// the same page, but for what Graphviz draws otherwise.
std::string study_page(const StudyReport& report, const std::string& made);

}  // namespace nasnet::report
