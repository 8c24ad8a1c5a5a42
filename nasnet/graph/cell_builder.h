#pragma once

#include <string>
#include <vector>

#include "nasnet/graph/builder.h"
#include "nasnet/space/cell.h"

namespace nasnet::graph {

/// A cell's outputs: one result, or several for cells with separate outputs (NASNet-B).
using CellOutput = std::vector<int>;

/// Where a cell stands in the stack.
struct CellPlace {
  std::string scope;    ///< "cell_3"
  int filters = 0;      ///< F of this stage
  int stride = 1;       ///< 2 in a reduction cell
  int cell_number = 0;  ///< position among all cells, for the drop-path schedule
  Pooling pooling = Pooling::kSlim;
};

/// Wires one cell after `net`, the output of the cell before, and `previous`, the output of the one
/// before that (empty for the first cell): input preparation (TF-slim's _cell_base), blocks,
/// output (_combine_unused_states).
CellOutput build_cell(Builder& builder, const space::Cell& cell, const CellOutput& net,
                      const CellOutput& previous, const CellPlace& place);

}  // namespace nasnet::graph
