#pragma once

#include <string>

#include "nasnet/space/cell.h"

namespace nasnet::space {

/// Both cells drawn in at most 80 columns: two lines a block, its halves joined by a bracket, the
/// states of the output marked. `ascii` for terminals without Unicode.
std::string draw_terminal(const Genotype& genotype, bool ascii = false);

/// The genotype in Graphviz's language, drawn as the paper draws cells: inputs at the bottom,
/// operations, combinations, and the concatenation at the top.
std::string draw_dot(const Genotype& genotype);

/// The same as a picture. Throws SystemError where Graphviz fails.
std::string draw_svg(const Genotype& genotype);

}  // namespace nasnet::space
