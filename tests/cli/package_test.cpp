#include <gtest/gtest.h>
#include <nasnet/version.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/outside.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;

bool is_there(const std::string& program) {
  return Process({"sh", "-c", "command -v " + program}, "/").wait().status == 0;
}

/// The packages, and a system of dpkg's that nothing is installed in.
class Package : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string tool : {"dpkg", "dpkg-shlibdeps", "file"})
      if (!is_there(tool)) GTEST_SKIP() << tool << " is not installed: scripts/deps --test";
    output_of({(fs::path(NASNET_SOURCE_DIR) / "scripts/package").string(), "--out",
               (folder_ / "packages").string()},
              "/", {}, kBuild);
    for (const auto& entry : fs::directory_iterator(folder_ / "packages"))
      packages_.push_back(entry.path().string());
    ASSERT_GE(packages_.size(), 2u);
    for (const std::string folder : {"info", "updates", "triggers"})
      fs::create_directories(root() / "var/lib/dpkg" / folder);
    write_text(root() / "var/lib/dpkg/status", "");
  }
  static std::string field(const std::string& package, const std::string& name) {
    std::string value = output_of({"dpkg-deb", "-f", package, name}, "/");
    while (value.ends_with('\n')) value.pop_back();
    return value;
  }
  fs::path root() const { return folder_ / "root"; }
  std::string dpkg(std::vector<std::string> words, const std::vector<std::string>& more) const {
    words.insert(words.begin(), {"dpkg", "--force-not-root"});
    words.insert(words.end(), more.begin(), more.end());
    return output_of(words, "/");
  }

  /// Seconds that building may take where no compiler's cache helps.
  static constexpr double kBuild = 850;
  Folder folder_;
  std::vector<std::string> packages_;
};

TEST_F(Package, SlowIsInstalledUsedAndRemoved) {
  // The libraries that it depends on are this system's: these would do.
  dpkg({"--simulate", "-i"}, packages_);
  const std::string in_root = "--root=" + root().string();
  dpkg({in_root, "--force-depends", "-i"}, packages_);
  const fs::path usr = root() / "usr";
  const std::string version = output_of({(usr / "bin/nasnet").string(), "--version"}, "/");
  EXPECT_TRUE(version.starts_with("nasnet " NASNET_VERSION " (")) << version;
  EXPECT_EQ(version.find("without libtorch") == std::string::npos, packages_.size() == 3)
      << version;
  EXPECT_TRUE(fs::exists(usr / "share/man/man1/nasnet.1.gz"));
  EXPECT_NE(read_text(usr / "share/doc/libnasnet-dev/copyright").find("License: Apache-2.0\n"),
            std::string::npos);
  const fs::path cells = build_with_cmake(example("cells"), usr, folder_ / "cells");
  EXPECT_NE(output_of({cells.string()}, "/").find("multiply-adds"), std::string::npos);
  build_with_pkg_config("-shared -Wl,--whole-archive,-lnasnet,--no-whole-archive -o libmine.so",
                        usr, folder_.path());

  std::vector<std::string> names;
  for (const std::string& package : packages_) names.push_back(field(package, "Package"));
  dpkg({in_root, "--force-depends", "-r"}, names);
  EXPECT_FALSE(fs::exists(usr / "bin/nasnet"));
  EXPECT_FALSE(fs::exists(usr / "include/nasnet"));
}

TEST_F(Package, SlowSaysWhoMadeItAndOfWhatItIsMade) {
  for (const std::string& package : packages_) {
    EXPECT_EQ(field(package, "Version"), NASNET_VERSION) << package;
    EXPECT_NE(field(package, "Maintainer").find("@"), std::string::npos);
    const std::string name = field(package, "Package");
    const std::string library = name == "nasnet"         ? "libsqlite3-0"
                                : name == "nasnet-torch" ? "libtorch1."
                                                         : "libsqlite3-dev";
    EXPECT_NE(field(package, "Depends").find(library), std::string::npos)
        << field(package, "Depends");
    EXPECT_EQ(field(package, "Depends").find("libtorch") != std::string::npos,
              name == "nasnet-torch");
  }
}

TEST_F(Package, SlowHasNoErrorThatLintianFinds) {
  if (!is_there("lintian")) GTEST_SKIP() << "lintian is not installed: scripts/deps --test";
  std::vector<std::string> command = {"lintian", "--fail-on", "error"};
  command.insert(command.end(), packages_.begin(), packages_.end());
  output_of(command, "/");
}

}  // namespace
}  // namespace nasnet::test
