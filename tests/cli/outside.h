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
                             const std::map<std::string, std::string>& environment = {},
                             double seconds = 300) {
  const Outcome outcome = Process(command, folder, environment).wait(seconds);
  std::string line;
  for (const std::string& word : command) line += word + " ";
  EXPECT_EQ(outcome.status, 0) << line << "\n" << outcome.out << outcome.err;
  return outcome.out;
}

inline std::filesystem::path example(const std::string& name) {
  return std::filesystem::path(NASNET_SOURCE_DIR) / "examples" / name;
}

/// Builds a CMake project of one program, named as its folder, against what is installed under
/// `prefix`.
inline std::filesystem::path build_with_cmake(const std::filesystem::path& source,
                                              const std::filesystem::path& prefix,
                                              const std::filesystem::path& build) {
  output_of({"cmake", "-S", source.string(), "-B", build.string(), "-DCMAKE_BUILD_TYPE=Release",
             "-DCMAKE_PREFIX_PATH=" + prefix.string()},
            "/");
  output_of({"cmake", "--build", build.string()}, "/");
  return build / source.filename();
}

/// Compiles with nothing but the compiler and what pkg-config says of `prefix`.
inline void build_with_pkg_config(const std::string& words, const std::filesystem::path& prefix,
                                  const std::filesystem::path& folder) {
  std::string modules;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(prefix))
    if (entry.path().filename() == "nasnet.pc") modules = entry.path().parent_path().string();
  EXPECT_NE(modules, "") << "no nasnet.pc";
  output_of({"sh", "-ec", "c++ -std=c++20 " + words + " $(pkg-config --cflags --libs nasnet)"},
            folder, {{"PKG_CONFIG_PATH", modules}});
}

}  // namespace nasnet::test
