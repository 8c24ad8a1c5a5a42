#include "bench/proxy/results.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"

namespace nasnet::bench {

using nlohmann::json;

std::vector<Result> read_results(const std::filesystem::path& file) {
  std::vector<Result> results;
  std::ifstream stream(file);
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (stream.eof()) break;  // no end of line: cut off
    if (line.empty()) continue;
    try {
      const json row = json::parse(line);
      results.push_back({row.at("data"), row.at("proxy"), row.at("settings").dump(), row.at("cell"),
                         row.at("accuracy"), row.at("core_seconds"), row.at("parameters"),
                         row.at("multiply_adds")});
    } catch (const json::exception& error) {
      throw InputError(fmt::format("{}:{} is no result: {}", file.string(), number, error.what()));
    }
  }
  return results;
}

void add_result(const std::filesystem::path& file, const Result& result) {
  // The end of line in front closes a line that a kill has cut off.
  const std::string line = "\n" +
                           json{{"data", result.data},
                                {"proxy", result.proxy},
                                {"settings", json::parse(result.settings)},
                                {"cell", result.cell},
                                {"accuracy", result.accuracy},
                                {"core_seconds", result.core_seconds},
                                {"parameters", result.parameters},
                                {"multiply_adds", result.multiply_adds}}
                               .dump() +
                           "\n";
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const bool written =
      out >= 0 && ::write(out, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (out >= 0) ::close(out);
  if (!written) throw SystemError(fmt::format("{} cannot be written", file.string()));
}

}  // namespace nasnet::bench
