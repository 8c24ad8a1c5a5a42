#pragma once

#include <string>
#include <vector>

#include "nasnet/space/cell.h"

namespace nasnet::space {

/// Both cells drawn in at most 80 columns: two lines a block, its halves joined by a bracket, the
/// states of the output marked. `ascii` for terminals without Unicode.
std::string draw_terminal(const Genotype& genotype, bool ascii = false);

/// Parts of a cell's block to be pointed out in a drawing.
struct BlockMarks {
  bool combine = false;
  bool left_op = false, left = false;  ///< the operation, and the edge from the state that it reads
  bool right_op = false, right = false;
  bool operator==(const BlockMarks&) const = default;
};
/// One a block of each cell.
struct GenotypeMarks {
  std::vector<BlockMarks> normal, reduction;
  bool operator==(const GenotypeMarks&) const = default;
};

/// The genotype in Graphviz's language, drawn as the paper draws cells: inputs at the bottom,
/// operations, combinations, and the concatenation at the top. Marked parts have thick lines of
/// another colour, marked edges are dashed besides; without marks nothing is.
std::string draw_dot(const Genotype& genotype, const GenotypeMarks& marks = {});

/// The same as a picture, the file's bytes. Throws SystemError where Graphviz fails.
std::string draw_svg(const Genotype& genotype, const GenotypeMarks& marks = {});
std::string draw_png(const Genotype& genotype);

}  // namespace nasnet::space
