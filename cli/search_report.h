#pragma once

#include <string>
#include <vector>

#include "cli/search_settings.h"
#include "nasnet/search/findings.h"
#include "nasnet/search/study.h"
#include "nasnet/space/cell.h"

namespace nasnet::cli {

/// A candidate worth keeping, and the files it lies in; there are none of table look-ups.
struct Saved {
  search::Trial trial;
  std::optional<space::Genotype> genotype;
  std::string json_file, svg_file;
};

/// Writes the best cells as JSON and SVG into the folder beside the study.
std::vector<Saved> save_best(const SearchSettings& settings, const space::SearchSpace& space,
                             const search::StudyResult& result);

/// Signs that the search has collapsed.
std::vector<search::Alarm> alarms_of(const space::SearchSpace& space,
                                     const search::StudyResult& result);

/// For people, and as one line of JSON. `workers`: those of this machine, for the cost's line.
void print_report(const SearchSettings& settings, const space::SearchSpace& space,
                  const search::StudyResult& result, const std::vector<Saved>& saved);
void print_json(const SearchSettings& settings, uint64_t seed, const Proxy& proxy,
                const search::StudyResult& result, const std::vector<Saved>& saved);

}  // namespace nasnet::cli
