#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nasnet/dashboard/arm_columns.h"

namespace nasnet::dashboard {

/// The candidates of an arm's trials and their measurements, a column each, in trial order, beside
/// its ArmColumns: some 150 bytes a trial, read only where somebody asks for them.
struct ArmTable {
  size_t decisions = 0;
  std::vector<uint16_t> choices;  ///< of each trial, `decisions` of them
  /// By name; not a number where a trial has none.
  std::map<std::string, std::vector<double>> measurements;
  std::vector<double> peak_bytes;
  std::vector<uint8_t> done;  ///< 1 where the trial was done when it was read

  int64_t size() const { return static_cast<int64_t>(done.size()); }
  const uint16_t* choices_of(size_t trial) const { return choices.data() + trial * decisions; }
};

/// Brings the table up to those columns: reads the trials that were not finished when it was read
/// last, or have changed. Throws InputError for a candidate that is none of a space with so many
/// decisions.
void refresh(ArmTable& table, size_t decisions, const ArmColumns& columns, search::Store& store);

}  // namespace nasnet::dashboard
