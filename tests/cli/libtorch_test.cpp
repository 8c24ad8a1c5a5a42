// The back end on libtorch: where it is there, where it is not, and where it is broken.

#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;

/// The program alone, in a folder where there is no module beside it.
class SlowWithoutLibtorch : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "bin");
    fs::copy_file(nasnet_path(), folder_ / "bin/nasnet");
    write_colour_classes(folder_ / "colours", 12);
  }
  Outcome run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), (folder_ / "bin/nasnet").string());
    return Process(arguments, folder_.path()).wait();
  }
  std::vector<std::string> training(const std::string& model) const {
    return {"train", "nasnet-a", "--data",   "colours", "--cells", "1", "--filters", "4",
            "--out", model,      "--epochs", "1",       "--batch", "8", "--quiet"};
  }
  static std::vector<std::string> with(std::vector<std::string> words,
                                       const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Folder folder_;
};

TEST_F(SlowWithoutLibtorch, EverythingRunsButTheReferenceKernels) {
  EXPECT_NE(run({"--version"}).out.find(", without libtorch"), std::string::npos);
  const std::string picture = (folder_ / "colours/red/0.png").string();
  const std::vector<std::vector<std::string>> verbs = {
      training("model"),
      {"evaluate", "model"},
      {"predict", "model", picture},
      {"search", "--data", "colours", "--trials", "2", "--generation", "2", "--train-images", "16",
       "--validation-images", "8", "--filters", "2", "--workers", "1"}};
  for (std::vector<std::string> words : verbs) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.status, 0) << words[0] << ": " << outcome.err;
    if (words[0] == "train") words = training("other-model");
    if (words[0] == "search") words = with(words, {"--study", "other.db"});
    expect_refused(run(with(words, {"--kernels", "reference"})),
                   {"--kernels reference needs libtorch", "--kernels fused", "scripts/deps"});
  }
  EXPECT_EQ(run({"export", "model"}).status, 0);
  EXPECT_FALSE(fs::exists(folder_ / "other-model"));
  expect_refused(run(with(training("gpu-model"), {"--device", "cuda"})), {"--device cuda"});
}

TEST_F(SlowWithoutLibtorch, ABrokenModuleIsSaidAndNeededOnlyWhereItIsAskedFor) {
  write_text(folder_ / "bin/nasnet_libtorch.so", "not a module");
  EXPECT_EQ(run(training("model")).status, 0);
  expect_refused(run({"evaluate", "model", "--kernels", "reference"}),
                 {"cannot load libtorch's part of nasnet", "nasnet_libtorch.so"});
}

/// Loading it takes ten times as long as all else that a short command does.
TEST(Libtorch, IsNoPartOfTheProgramItself) {
  const Outcome libraries = Process({"ldd", nasnet_path()}, ".").wait();
  ASSERT_EQ(libraries.status, 0);
  EXPECT_EQ(libraries.out.find("torch"), std::string::npos) << libraries.out;
}

}  // namespace
}  // namespace nasnet::test
