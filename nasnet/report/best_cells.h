#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/search/study/search_settings.h"
#include "nasnet/space/cell.h"

namespace nasnet::report {

/// The cells that the choices stand for; none of spaces that have no genotypes.
std::optional<space::Genotype> genotype_of(const space::SearchSpace& space,
                                           const space::Choices& choices);

/// A candidate worth keeping, and the files it lies in; there are none of table look-ups.
struct Saved {
  search::Trial trial;
  std::optional<space::Genotype> genotype;
  std::string json_file, svg_file;
};

/// Writes the best cells as JSON and SVG into the folder beside the study, or only names these
/// files where it may not `write`.
std::vector<Saved> save_best(const search::SearchSettings& settings,
                             const space::SearchSpace& space, const search::StudyResult& result,
                             bool write = true);

}  // namespace nasnet::report
