#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/outside.h"
#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;

void install(const fs::path& prefix, const std::map<std::string, std::string>& environment = {}) {
  output_of({"cmake", "--install", NASNET_BINARY_DIR, "--prefix", prefix.string()}, "/",
            environment);
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

  const fs::path own = build_with_cmake("search", prefix, folder_ / "search");
  const std::string best = output_of({own.string()}, folder_.path());
  EXPECT_TRUE(best.starts_with("best of 60: ")) << best;
  EXPECT_EQ(output_of({own.string()}, folder_.path()), best) << "gone on with";

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
