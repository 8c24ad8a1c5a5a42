// Verbs on models that are unfinished or broken, and trainings whose output nobody reads.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class SlowModelState : public testing::Test {
 protected:
  void SetUp() override { write_colour_classes(folder_ / "colours", 12); }

  std::vector<std::string> training(int epochs) const {
    return {"train",   "nasnet-a",  "--data", "colours",  "--cells",
            "1",       "--filters", "4",      "--epochs", std::to_string(epochs),
            "--batch", "8",         "--out",  "model"};
  }
  json manifest() const { return json::parse(read_text(folder_ / "model/manifest.json")); }
  Outcome run(const std::vector<std::string>& arguments) const {
    return nasnet(arguments, folder_.path());
  }
  Outcome shell(const std::string& command) const {
    return Process({"/bin/bash", "-c", command}, folder_.path()).wait();
  }
  void train_unfinished() {
    ASSERT_EQ(run(training(2)).status, 0);
    json changed = manifest();
    changed["finished"] = false;
    changed["state"]["epoch"] = 1;
    write_text(folder_ / "model/manifest.json", changed.dump());
  }
  Folder folder_;
};

TEST_F(SlowModelState, UnfinishedModelsAreUsedAndSaidToBeUnfinished) {
  train_unfinished();
  const std::string picture = (folder_ / "colours/red/0.png").string();
  ASSERT_TRUE(fs::exists(picture));
  const std::string said = "the training of model is not finished: 1 of 2 epochs are done";
  for (const auto& verb : std::vector<std::vector<std::string>>{
           {"predict", "model", picture}, {"evaluate", "model"}, {"export", "model"}}) {
    const Outcome text = run(verb);
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_NE(text.err.find(said), std::string::npos) << text.err;
    std::vector<std::string> arguments = verb;
    arguments.push_back("--json");
    const Outcome outcome = run(arguments);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json result = verb[0] == "predict" ? last_json(outcome).at(0) : last_json(outcome);
    EXPECT_EQ(result.at("finished"), false);
    EXPECT_EQ(result.at("epoch"), 1);
  }
}

TEST_F(SlowModelState, ATrainingWhoseReaderGoesAwayIsSaved) {
  std::string command = "'" + nasnet_path() + "'";
  for (const std::string& one : training(1000)) command += " " + one;
  // Sizes, memory and time come before the lines of the epochs.
  const Outcome outcome = shell(command + " | head -5; exit ${PIPESTATUS[0]}");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "nasnet: cannot write the output: Broken pipe\n");
  EXPECT_FALSE(manifest().at("finished"));
  EXPECT_GE(manifest().at("state").at("epoch"), 2);
}

TEST_F(SlowModelState, VerbsEndInOneLineWhereNobodyReads) {
  for (const std::string verb :
       {"describe nasnet-a --stack mobile", "data colours", "draw nasnet-a", "--help"}) {
    const Outcome outcome =
        shell("sleep 0.2 | true; '" + nasnet_path() + "' " + verb + " > >(exec true) ; exit $?");
    EXPECT_NE(outcome.status, 128 + 13) << verb;
    EXPECT_LE(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

/// Loading refuses what is not finite; a variance below zero makes NaN only once it is used.
TEST_F(SlowModelState, ABrokenNetworkGivesNoAnswer) {
  ASSERT_EQ(run(training(1)).status, 0);
  const fs::path file = folder_ / "model" / manifest().at("weights").get<std::string>();
  std::string bytes = read_text(file);
  uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const json tensors = json::parse(bytes.substr(8, header));
  const float below = -1;
  for (const auto& [name, tensor] : tensors.items())
    if (name.ends_with("moving_variance"))
      std::memcpy(&bytes[8 + header + tensor.at("data_offsets").at(0).get<size_t>()], &below,
                  sizeof below);
  write_text(file, bytes);
  const std::string picture = (folder_ / "colours/red/0.png").string();
  const bool libtorch = run({"--version"}).out.find("without libtorch") == std::string::npos;
  for (const std::string kernels : {"fused", "reference"}) {
    if (kernels == "reference" && !libtorch) continue;
    expect_refused(run({"predict", "model", picture, "--kernels", kernels}),
                   {"red/0.png", "not a number"});
    expect_refused(run({"evaluate", "model", "--kernels", kernels}), {"not numbers"});
  }
  expect_refused(run({"export", "model", "--onnx", "broken.onnx"}), {"model", "not numbers"});
  EXPECT_FALSE(fs::exists(folder_ / "broken.onnx"));
}

TEST_F(SlowModelState, PredictionsArePreparedAsTheModelOrTheFlagsSay) {
  ASSERT_EQ(run(training(1)).status, 0);
  EXPECT_EQ(manifest().at("preparation").at("resize"), "crop");
  // Red at both sides of much blue: only where all of it is looked at is there any red.
  write_png(folder_ / "wide.png", 64, 16, 0, 0, 250, 0);
  const auto guesses = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"predict", "model", "wide.png", "--json"});
    const Outcome outcome = run(flags);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return last_json(outcome).at(0).at("guesses");
  };
  EXPECT_NE(guesses({}), guesses({"--resize", "pad"}));
  EXPECT_EQ(guesses({}), guesses({"--resize", "crop", "--central-crop", "1"}));
  // Also with another size of its auxiliary head's map.
  EXPECT_EQ(guesses({"--image-size", "40"}).size(), 3u);
  const json measured = last_json(run({"evaluate", "model", "--image-size", "40", "--json"}));
  EXPECT_GT(measured.at("images"), 0);
  expect_refused(run({"predict", "model", "wide.png", "--image-size", "3"}), {"3x3", "4 to 4096"});
  expect_refused(run({"predict", "model", "wide.png", "--resize", "squash"}), {"resize", "squash"});
}

}  // namespace
}  // namespace nasnet::test
