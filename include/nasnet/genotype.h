#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// One block of a cell: two states, an operation on each, and how the results are joined. The
/// result is a new state.
struct Block {
  int left = 0, right = 0;                  ///< states before this block's own
  std::string left_operation = "identity";  ///< one of operation_names()
  std::string right_operation = "identity";
  std::string combine = "add";  ///< one of combine_names()

  bool operator==(const Block&) const = default;
};

/// A convolutional cell. States are numbered: first the inputs (0: the output of the previous cell,
/// 1: that of the cell before), then the blocks' results in their order.
struct Cell {
  int inputs = 2;
  std::vector<Block> blocks;
  /// The states that are concatenated into the cell's output, ascending; where there are none
  /// given, those that no block reads (Zoph et al. 2018, section 3.1).
  std::vector<int> outputs;
  /// The outputs are passed on one by one, output k as input k of the next cell (NASNet-B).
  bool separate_outputs = false;

  bool operator==(const Cell&) const = default;
};

/// The pair of cells that a search designs.
struct Genotype {
  std::string name;
  Cell normal, reduction;

  bool operator==(const Genotype&) const = default;
};

/// "identity", "sep_conv_5x5", ...; and "add", "concat", ...
std::vector<std::string> operation_names();
std::vector<std::string> combine_names();

/// The published cells that are known by name, "nasnet-a" first.
std::vector<std::string> genotype_names();

/// A published one by its name, or else the content of a JSON file. All outputs are given. Throws
/// InputError where the name is unknown or the file holds no genotype, SystemError where it cannot
/// be read.
Genotype load_genotype(const std::string& name_or_file);

/// From JSON and back, in the form that the program reads and writes (docs/library.md). Throw
/// InputError that names the place for an unknown operation, a state that does not exist, and the
/// like.
Genotype parse_genotype(std::string_view json);
std::string format_genotype(const Genotype& genotype);

/// Both cells in at most 80 columns, two lines a block; without `unicode` in ASCII. Throws
/// InputError for cells that are none.
std::string draw_text(const Genotype& genotype, bool unicode = true);
/// Both cells as a picture, as the paper draws them. Throws as above, and SystemError where
/// Graphviz fails.
std::string draw_svg(const Genotype& genotype);

}  // namespace nasnet
