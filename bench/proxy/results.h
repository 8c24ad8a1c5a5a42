#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nasnet::bench {

/// One training of one cell.
struct Result {
  std::string data;      ///< the data set's name
  std::string proxy;     ///< as it was asked for, "" the long training
  std::string settings;  ///< all of the child's settings and the seed, as JSON
  int64_t cell = 0;
  double accuracy = 0, core_seconds = 0, parameters = 0, multiply_adds = 0;
};

/// The lines of a file, one JSON object each; none where there is no file. A last line that was cut
/// off by a kill is left out. Throws InputError for any other damage.
std::vector<Result> read_results(const std::filesystem::path& file);
/// Adds a line in one piece, so that several processes may write.
void add_result(const std::filesystem::path& file, const Result& result);

}  // namespace nasnet::bench
