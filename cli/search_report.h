#pragma once

#include <string>
#include <vector>

#include "cli/search_settings.h"
#include "nasnet/search/study/findings.h"
#include "nasnet/search/study/study.h"
#include "nasnet/space/cell.h"

namespace nasnet::cli {

/// A candidate worth keeping, and the files it lies in; there are none of table look-ups.
struct Saved {
  search::Trial trial;
  std::optional<space::Genotype> genotype;
  std::string json_file, svg_file;
};

/// Writes the best cells as JSON and SVG into the folder beside the study, or only names these
/// files where it may not `write`.
std::vector<Saved> save_best(const SearchSettings& settings, const space::SearchSpace& space,
                             const search::StudyResult& result, bool write = true);

/// Signs that the search has collapsed.
std::vector<search::Alarm> alarms_of(const space::SearchSpace& space,
                                     const search::StudyResult& result);

/// For people, where a trial is done, and as one line of JSON; `left_out` is add_left_out() of the
/// data, where there is any.
void print_report(const SearchSettings& settings, const space::SearchSpace& space,
                  const search::StudyResult& result, const std::vector<Saved>& saved);
void print_json(const SearchSettings& settings, uint64_t seed, const space::SearchSpace& space,
                const nlohmann::ordered_json& left_out, const search::StudyResult& result,
                const std::vector<Saved>& saved);

}  // namespace nasnet::cli
