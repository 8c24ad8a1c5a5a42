#pragma once

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/latency/latency_table.h"

namespace nasnet::latency {

/// The times that were measured so far, by network and round; in a file, too, so that a measurement
/// that was stopped goes on.
class TimesLog {
 public:
  using Key = std::pair<int, int>;  ///< network, round

  /// In memory alone.
  TimesLog() = default;
  /// Reads the file where it is there, and adds to it. What is measured, and of which cells, opens
  /// it: throws InputError where the file is of other circumstances, cells or is none of these. A
  /// last line that was cut off is dropped.
  TimesLog(std::filesystem::path file, const Circumstances& of,
           const std::vector<MeasuredCell>& cells);

  /// Null where nothing is known; valid until forget().
  const std::vector<double>* find(Key key) const;
  const std::vector<double>& add(Key key, std::vector<double> times);
  /// Networks whose times are to be measured anew: those of a busy machine.
  void forget(const std::vector<int>& networks);
  /// The file's name, printable.
  std::string name() const;
  /// Deletes the file, once its times are in a table.
  void remove();

 private:
  void write_all() const;
  std::string line_of(Key key) const;

  std::filesystem::path file_;
  std::string head_;
  std::map<Key, std::vector<double>> times_;
};

}  // namespace nasnet::latency
