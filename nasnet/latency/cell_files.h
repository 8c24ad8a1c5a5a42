#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nasnet/latency/latency_table.h"

namespace nasnet::latency {

/// Cells that are measured on a device of the user's: their networks as ONNX files, a table to fill
/// in, cells.csv (name, choices, ms), and what both are of, cells.json.
struct CellFiles {
  Circumstances of;
  uint64_t seed = 0;
  std::vector<MeasuredCell> cells;
};

/// Writes them into a folder. `tell(done, of)` after each network. Throws InputError where the
/// folder holds such files already, Interrupted.
void write_cell_files(const std::string& folder, const CellFiles& files,
                      const std::function<void(int done, int of)>& tell);

/// Reads cells.csv once times are filled in, with the cells.json beside it. Cells without a row are
/// left out. Throws InputError, naming file and row, for a row without a time, one that is no
/// number above zero, an unknown cell, other choices than the cell's, a cell that is there twice,
/// and for a header without "name" and "ms".
CellFiles read_cell_files(const std::string& csv);

}  // namespace nasnet::latency
