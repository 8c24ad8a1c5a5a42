#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/search/study/search_settings.h"
#include "nasnet/space/cell.h"

namespace nasnet::report {

/// A candidate worth keeping, and the files it lies in; there are none in spaces without genotypes.
struct Saved {
  search::Trial trial;
  std::optional<space::Genotype> genotype;
  std::string json_file, svg_file;
};

/// Under which its files are saved, without an ending: "best-1"; of several goals
/// "front-1-12.3M-multiply_adds".
std::string saved_name(const search::Objective& objective, const search::Trial& trial, size_t rank);

/// Writes the best cells as JSON and SVG into the folder beside the study, or only names these
/// files where it may not `write`.
std::vector<Saved> save_best(const search::SearchSettings& settings,
                             const space::SearchSpace& space, const search::StudyResult& result,
                             bool write = true);

}  // namespace nasnet::report
