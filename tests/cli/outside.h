#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace nasnet::test {

/// Runs a command in `folder`; gives what it printed; fails the test where it fails.
inline std::string output_of(const std::vector<std::string>& command,
                             const std::filesystem::path& folder,
                             const std::map<std::string, std::string>& environment = {}) {
  const Outcome outcome = Process(command, folder, environment).wait();
  std::string line;
  for (const std::string& word : command) line += word + " ";
  EXPECT_EQ(outcome.status, 0) << line << "\n" << outcome.out << outcome.err;
  return outcome.out;
}

inline std::filesystem::path example(const std::string& name) {
  return std::filesystem::path(NASNET_SOURCE_DIR) / "examples" / name;
}

/// Builds an example as its own CMake project, against what is installed under `prefix`.
inline std::filesystem::path build_with_cmake(const std::string& name,
                                              const std::filesystem::path& prefix,
                                              const std::filesystem::path& build) {
  output_of({"cmake", "-S", example(name).string(), "-B", build.string(),
             "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_PREFIX_PATH=" + prefix.string()},
            "/");
  output_of({"cmake", "--build", build.string()}, "/");
  return build / name;
}

/// Compiles with nothing but the compiler and what pkg-config says.
inline void build_with_pkg_config(const std::string& words, const std::filesystem::path& prefix,
                                  const std::filesystem::path& folder) {
  const std::filesystem::path modules = prefix / NASNET_LIBDIR / "pkgconfig";
  output_of({"sh", "-ec", "c++ -std=c++20 " + words + " $(pkg-config --cflags --libs nasnet)"},
            folder, {{"PKG_CONFIG_PATH", modules.string()}});
}

}  // namespace nasnet::test
