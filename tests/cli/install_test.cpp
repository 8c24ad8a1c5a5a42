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
        std::string("share/doc/nasnet/LICENSE"), std::string("include/nasnet/version.h"),
        libraries + "/libnasnet.a", libraries + "/pkgconfig/nasnet.pc",
        libraries + "/cmake/nasnet/nasnetConfig.cmake"})
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
  const fs::path cells = build_with_cmake(example("cells"), prefix, folder_ / "cells");
  EXPECT_NE(output_of({cells.string(), "nasnet-a"}, "/").find("multiply-adds"), std::string::npos);

  const fs::path train = build_with_cmake(example("train"), prefix, folder_ / "train");
  const std::string guesses = output_of({train.string(), "data", "data/red/0.png"}, folder_.path());
  EXPECT_NE(guesses.find("epoch 3: loss "), std::string::npos) << guesses;
  EXPECT_NE(guesses.find("\nred: "), std::string::npos) << guesses;

  const fs::path own = build_with_cmake(example("search"), prefix, folder_ / "search");
  const std::string best = output_of({own.string()}, folder_.path());
  EXPECT_TRUE(best.starts_with("best of 60: ")) << best;
  EXPECT_EQ(output_of({own.string()}, folder_.path()), best) << "resumed";

  const fs::path study = build_with_cmake(example("study"), prefix, folder_ / "study");
  ASSERT_EQ(run(search("mine.db")).status, 0);
  const std::string found = output_of({study.string(), "mine.db"}, folder_.path());
  EXPECT_TRUE(found.starts_with("6 trials by ppo, finished\ntrial ")) << found;
}

TEST_F(Install, SlowLibtorchIsAComponent) {
  if (!fs::exists(fs::path(NASNET_BINARY_DIR) / "libnasnet_torch.a"))
    GTEST_SKIP() << "built without libtorch";
  install(folder_ / "prefix");
  EXPECT_TRUE(fs::exists(folder_ / "prefix" / NASNET_LIBDIR / "nasnet/nasnet_libtorch.so"));
  write_text(folder_ / "mine/CMakeLists.txt",
             "cmake_minimum_required(VERSION 3.25)\n"
             "project(mine LANGUAGES CXX)\n"
             "find_package(nasnet REQUIRED COMPONENTS torch)\n"
             "add_executable(mine main.cpp)\n"
             "target_link_libraries(mine PRIVATE nasnet::torch)\n");
  write_text(folder_ / "mine/main.cpp",
             "#include <nasnet/libtorch.h>\n#include <nasnet/model.h>\n#include <cstdio>\n"
             "int main(int, char** words) {\n"
             "  nasnet::use_libtorch(1);\n"
             "  nasnet::Model model = nasnet::Model::load(words[1], {.kernels = \"reference\"});\n"
             "  std::puts(model.predict_files({words[2]}).at(0).guesses.at(0).label.c_str());\n"
             "}\n");
  const fs::path mine = build_with_cmake(folder_ / "mine", folder_ / "prefix", folder_ / "build");
  ASSERT_EQ(run({"train", "nasnet-a", "--data", "data", "--cells", "1", "--filters", "4",
                 "--epochs", "2", "--out", "model", "--quiet"})
                .status,
            0);
  const std::string label = output_of({mine.string(), "model", "data/red/0.png"}, folder_.path());
  const nlohmann::json fused = last_json(run({"predict", "model", "data/red/0.png", "--json"}));
  EXPECT_EQ(label, std::string(fused[0]["guesses"][0]["class"]) + "\n");
}

TEST_F(Install, SlowPkgConfigAndTheCompilerAreEnough) {
  install(folder_ / "prefix");
  for (const std::string name : {"cells", "search", "study", "train"}) {
    const std::string source = "'" + (example(name) / "main.cpp").string() + "'";
    build_with_pkg_config(source + " -o " + name, folder_ / "prefix", folder_.path());
  }
  EXPECT_NE(output_of({"./cells", "amoebanet-a"}, folder_.path()).find("multiply-adds"),
            std::string::npos);
}

TEST_F(Install, SlowExampleOfTheDocumentationCompiles) {
  install(folder_ / "prefix");
  const std::string page = read_text(fs::path(NASNET_SOURCE_DIR) / "docs/library.md");
  const std::string fence = "```cpp\n";
  const size_t begin = page.find(fence) + fence.size();
  write_text(folder_ / "mine.cpp", page.substr(begin, page.find("```", begin) - begin));
  build_with_pkg_config("mine.cpp -o mine", folder_ / "prefix", folder_.path());
}

TEST_F(Install, SlowLibraryMayBecomePartOfASharedOne) {
  install(folder_ / "prefix");
  build_with_pkg_config("-shared -Wl,--whole-archive,-lnasnet,--no-whole-archive -o libmine.so",
                        folder_ / "prefix", folder_.path());
}

}  // namespace
}  // namespace nasnet::test
