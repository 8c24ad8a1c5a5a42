#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;

/// Runs a command in `folder`; gives what it printed; fails the test where it fails.
std::string output_of(const std::vector<std::string>& command, const fs::path& folder,
                      const std::map<std::string, std::string>& environment = {}) {
  const Outcome outcome = Process(command, folder, environment).wait();
  std::string line;
  for (const std::string& word : command) line += word + " ";
  EXPECT_EQ(outcome.status, 0) << line << "\n" << outcome.out << outcome.err;
  return outcome.out;
}

void install(const fs::path& prefix, const std::map<std::string, std::string>& environment = {}) {
  output_of({"cmake", "--install", NASNET_BINARY_DIR, "--prefix", prefix.string()}, "/",
            environment);
}

fs::path example(const std::string& name) {
  return fs::path(NASNET_SOURCE_DIR) / "examples" / name;
}

/// Builds an example as its own CMake project, against what is installed under `prefix`.
fs::path build_with_cmake(const std::string& name, const fs::path& prefix, const fs::path& build) {
  output_of({"cmake", "-S", example(name).string(), "-B", build.string(),
             "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_PREFIX_PATH=" + prefix.string()},
            "/");
  output_of({"cmake", "--build", build.string()}, "/");
  return build / name;
}

/// Compiles with nothing but the compiler and what pkg-config says.
void build_with_pkg_config(const std::string& words, const fs::path& prefix,
                           const fs::path& folder) {
  const fs::path modules = prefix / NASNET_LIBDIR / "pkgconfig";
  output_of({"sh", "-ec", "c++ -std=c++20 " + words + " $(pkg-config --cflags --libs nasnet)"},
            folder, {{"PKG_CONFIG_PATH", modules.string()}});
}

/// Searches, for the examples.
class Install : public Searches {};

TEST_F(Install, SlowHasTheProgramItsManualItsCompletionsAndTheLibrary) {
  install(folder_ / "prefix");
  const std::string libraries = NASNET_LIBDIR;
  for (const std::string& file :
       {std::string("bin/nasnet"), std::string("share/man/man1/nasnet.1"),
        std::string("share/bash-completion/completions/nasnet"),
        std::string("share/zsh/site-functions/_nasnet"),
        std::string("share/fish/vendor_completions.d/nasnet.fish"),
        std::string("include/nasnet/version.h"), libraries + "/libnasnet.a",
        libraries + "/pkgconfig/nasnet.pc", libraries + "/cmake/nasnet/nasnetConfig.cmake"})
    EXPECT_TRUE(fs::is_regular_file(folder_ / "prefix" / file)) << file;
  const std::string installed =
      output_of({(folder_ / "prefix/bin/nasnet").string(), "--version"}, "/");
  EXPECT_EQ(installed, nasnet({"--version"}).out);
}

TEST_F(Install, SlowGoesWhereDestdirSays) {
  install("/opt/nasnet", {{"DESTDIR", (folder_ / "stage").string()}});
  EXPECT_TRUE(fs::exists(folder_ / "stage/opt/nasnet/bin/nasnet"));
  EXPECT_TRUE(fs::exists(folder_ / "stage/opt/nasnet" / NASNET_LIBDIR / "libnasnet.a"));
}

TEST_F(Install, SlowExamplesAreBuiltAgainstAPrefixThatWasMoved) {
  install(folder_ / "first");
  fs::rename(folder_ / "first", folder_ / "second place");
  const fs::path prefix = folder_ / "second place";
  const fs::path cells = build_with_cmake("cells", prefix, folder_ / "cells");
  EXPECT_NE(output_of({cells.string(), "nasnet-a"}, "/").find("multiply-adds"), std::string::npos);

  const fs::path study = build_with_cmake("study", prefix, folder_ / "study");
  ASSERT_EQ(run(search("mine.db")).status, 0);
  const std::string found = output_of({study.string(), "mine.db"}, folder_.path());
  EXPECT_TRUE(found.starts_with("6 trials by ppo, finished\ntrial ")) << found;
}

TEST_F(Install, SlowPkgConfigAndTheCompilerAreEnough) {
  install(folder_ / "prefix");
  const std::string source = "'" + (example("cells") / "main.cpp").string() + "'";
  build_with_pkg_config(source + " -o cells", folder_ / "prefix", folder_.path());
  EXPECT_NE(output_of({"./cells", "amoebanet-a"}, folder_.path()).find("multiply-adds"),
            std::string::npos);
}

TEST_F(Install, SlowLibraryMayBecomePartOfASharedOne) {
  install(folder_ / "prefix");
  build_with_pkg_config("-shared -Wl,--whole-archive,-lnasnet,--no-whole-archive -o libmine.so",
                        folder_ / "prefix", folder_.path());
}

}  // namespace
}  // namespace nasnet::test
