#pragma once

#include <string>
#include <vector>

#include "nasnet/search/study/front_findings.h"
#include "nasnet/search/study/search_settings.h"

namespace nasnet::report {

/// How values of a goal are shown: "final multiply-adds, millions (less is better)".
struct GoalScale {
  std::string label;
  double factor = 1;  ///< from the measurement to the label's unit
};
/// `greatest`: of the values that are shown. Accuracies are in percent.
GoalScale goal_scale(const search::Goal& goal, double greatest);

/// A study with several goals: its trials and the fronts of both arms, the first goal upwards
/// against each other one, and the hypervolume of both arms trial by trial. Each panel shows where
/// the fronts are: from the best as far as the reference, where that is not far away. Of three
/// goals and more no staircase is drawn, as members of the front dominate each other in a pair of
/// goals. "" without goals, and where no trial is done.
struct FrontChart {
  std::string svg;
  std::string caption;  ///< one or two sentences: what is left out
};
FrontChart draw_fronts(const search::SearchSettings& settings, const search::StudyResult& result,
                       const search::FrontFindings& fronts);

/// The same as texts: a row a member, the search's by the names of their files.
struct FrontTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> members;
  std::vector<std::string> volume_header;
  std::vector<std::vector<std::string>> volumes;  ///< after 1, 2, 5, 10 ... trials
};
FrontTable front_table(const search::SearchSettings& settings, const search::StudyResult& result,
                       const search::FrontFindings& fronts);

}  // namespace nasnet::report
