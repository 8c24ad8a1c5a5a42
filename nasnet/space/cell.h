#pragma once

#include <string>
#include <vector>

#include "nasnet/space/operation.h"

namespace nasnet::space {

/// One block: two states of the cell, an operation on each, and how the results are joined. The
/// result becomes a new state.
struct Block {
  int left = 0;
  int right = 0;
  Operation left_op = Operation::kIdentity;
  Operation right_op = Operation::kIdentity;
  Combine combine = Combine::kAdd;

  bool operator==(const Block&) const = default;
};

/// A convolutional cell. States are numbered: first the inputs (state 0 = h, the output of the
/// previous cell; state 1 = p, the output of the cell before that), then the blocks' results in
/// order. A block reads only states before its own.
struct Cell {
  int inputs = 2;
  std::vector<Block> blocks;
  /// The states concatenated into the cell's output, in ascending order. By the paper's rule these
  /// are the states that no block reads; the released NASNet-A keeps two more.
  std::vector<int> outputs;
  /// NASNet-B: the outputs are not concatenated but passed on one by one, output k becoming input
  /// k of the next cell (then outputs.size() == inputs).
  bool separate_outputs = false;

  bool operator==(const Cell&) const = default;
  int states() const { return inputs + static_cast<int>(blocks.size()); }
};

/// A candidate: the pair of cells that the controller designs together.
struct Genotype {
  std::string name;
  Cell normal;
  Cell reduction;

  bool operator==(const Genotype&) const = default;
};

/// The states that no block reads, ascending: the paper's rule for a cell's output.
std::vector<int> unused_states(const Cell& cell);

/// Throws InputError that names the block and the state where the cell is no cell: a block that
/// reads a state that does not exist yet (or itself: a cycle), no blocks, an output that is no
/// state, is named twice or is out of order. `where` ("normal cell of x.json") opens the message.
void check(const Cell& cell, const std::string& where);

/// Makes unused_states() the outputs of a cell that has none yet. Throws as above for its blocks.
void take_unused_as_outputs(Cell& cell, const std::string& where);

/// Both cells as above, and that they take the same number of inputs.
void check(const Genotype& genotype);

}  // namespace nasnet::space
