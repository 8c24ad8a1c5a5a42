#include <gtest/gtest.h>
#include <nasnet/version.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace nasnet {
namespace {

namespace fs = std::filesystem;

TEST(Headers, VersionIsOne) {
  EXPECT_STREQ(version(), NASNET_VERSION);
  EXPECT_EQ(std::to_string(NASNET_VERSION_MAJOR) + "." + std::to_string(NASNET_VERSION_MINOR) +
                "." + std::to_string(NASNET_VERSION_PATCH),
            NASNET_VERSION);
  EXPECT_EQ(NASNET_VERSION_NUMBER / 100, 100 * NASNET_VERSION_MAJOR + NASNET_VERSION_MINOR);
}

// That they include nothing but standard headers and each other is scripts/lint's.
TEST(Headers, EachCompilesAlone) {
  const fs::path include = fs::path(NASNET_SOURCE_DIR) / "include";
  int headers = 0;
  for (const auto& entry : fs::directory_iterator(include / "nasnet")) {
    ++headers;
    const std::string command =
        "c++ -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -I'" + include.string() +
        "' -include '" + entry.path().string() + "' -x c++ /dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  }
  EXPECT_GT(headers, 3);
}

}  // namespace
}  // namespace nasnet
