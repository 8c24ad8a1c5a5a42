#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/search/study/findings.h"
#include "nasnet/search/study/search_settings.h"

namespace nasnet::report {

/// One of several studies that are held beside each other.
struct ComparedStudy {
  std::string name;
  search::SearchSettings settings;
  std::optional<search::Trial> best;  ///< of the search's arm; none while none is done
};

/// The two studies' bests in one or two sentences. Rewards of other objectives are not compared; of
/// other trainings, the second sentence says by which settings they differ.
std::string compare_studies(const ComparedStudy& a, const ComparedStudy& b);

/// The study whose best is the greatest, held against each of the others in their order; nothing
/// where fewer than two have one.
std::vector<std::string> compare_studies(const std::vector<ComparedStudy>& studies);

}  // namespace nasnet::report
