#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Arguments = std::vector<std::string>;

class SlowRecipe : public testing::Test {
 protected:
  void SetUp() override { write_colour_classes(folder_ / "data", 20); }

  Outcome run(const Arguments& arguments) { return nasnet(arguments, folder_.path()); }

  /// A training of one epoch, with more flags.
  static Arguments train(const std::string& out, const Arguments& more) {
    Arguments arguments = {"train",   "enas", "--data",    "data", "--out", out,
                           "--cells", "1",    "--filters", "8",    "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  /// The settings that the model in `out` was trained with.
  json settings(const std::string& out) {
    return json::parse(read_text(folder_ / (out + "/manifest.json"))).at("training");
  }

  Folder folder_;
};

TEST_F(SlowRecipe, FillsInWhatIsNotGiven) {
  ASSERT_EQ(run(train("plain", {"--epochs", "1"})).status, 0);
  const json plain = settings("plain");
  EXPECT_EQ(plain["optimizer"], "sgd");
  EXPECT_EQ(plain["clip"], 5.0);
  EXPECT_EQ(plain["drop_path_keep"], 1.0);

  const Outcome outcome = run(train("large", {"--recipe", "large", "--epochs", "1"}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json large = settings("large");
  EXPECT_EQ(large["epochs"], 1);
  EXPECT_EQ(large["optimizer"], "rmsprop");
  EXPECT_EQ(large["schedule"], "exponential");
  EXPECT_EQ(large["learning_rate"], 0.015);
  EXPECT_EQ(large["batch"], 16);
  EXPECT_EQ(large["clip"], 10.0);
  EXPECT_EQ(large["label_smoothing"], 0.1);
  EXPECT_EQ(large["ema"], 0.9999);
  EXPECT_EQ(large["weight_decay"], 5e-5);
  EXPECT_EQ(large["drop_path_keep"], 0.7);
}

TEST_F(SlowRecipe, FlagsAndFilesWinWhereverTheRecipeStands) {
  write_text(
      folder_ / "a.toml",
      "recipe = \"large\"\nepochs = 1\n[train]\nclip = 5\nbatch = 8\nweight_decay = 0.0005\n");
  const Outcome file = run(train("file", {"--config", "a.toml", "--batch", "4"}));
  ASSERT_EQ(file.status, 0) << file.err;
  const json chosen = settings("file");
  EXPECT_EQ(chosen["optimizer"], "rmsprop");
  EXPECT_EQ(chosen["ema"], 0.9999);
  EXPECT_EQ(chosen["clip"], 5.0) << "the default of no recipe, but given";
  EXPECT_EQ(chosen["weight_decay"], 5e-4);
  EXPECT_EQ(chosen["batch"], 4);

  // The flag's recipe wins over the file's; the file's values over the recipe.
  const Outcome flag =
      run(train("flag", {"--ema", "0", "--config", "a.toml", "--recipe", "mobile"}));
  ASSERT_EQ(flag.status, 0) << flag.err;
  EXPECT_EQ(settings("flag")["learning_rate"], 0.04);
  EXPECT_EQ(settings("flag")["ema"], 0.0);
  EXPECT_EQ(settings("flag")["batch"], 8);
}

TEST_F(SlowRecipe, UnknownNamesGetTheNearest) {
  expect_refused(run(train("x", {"--recipe", "moble"})), {"recipe", "'moble'", "'mobile'"});
  expect_refused(run(train("x", {"--optimizer", "rmsprob"})), {"'rmsprob'", "'rmsprop'"});
  expect_refused(run(train("x", {"--schedule", "cosin"})), {"'cosin'", "'cosine'"});
  expect_refused(run(train("x", {"--ema", "1"})), {"ema", "1"});
}

/// The mobile stack with its recipe on small images: stopped, gone on with, measured, applied.
TEST_F(SlowRecipe, AnImageNetStackTrainsToTheEnd) {
  const auto mobile = [](const std::string& out) {
    return train(out, {"--stack", "mobile", "--image-size", "64", "--recipe", "mobile", "--epochs",
                       "10", "--batch", "8", "--threads", "1"});
  };
  const Stopwatch watch;
  const json whole = last_json(run(mobile("whole")));
  const double seconds = watch.seconds();
  EXPECT_EQ(whole["epochs"], 10);
  EXPECT_GT(whole["test_accuracy"].get<double>(), 0.5) << "three plain colours";

  Arguments command = mobile("stopped");
  command.insert(command.begin(), nasnet_path());
  {
    Process process(command, folder_.path());
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds / 4));
    process.signal(SIGINT);
    const Outcome outcome = process.wait(60);
    EXPECT_EQ(outcome.status, 130) << outcome.err;
  }
  // The model can be measured, unless a busy machine was stopped before its first weights.
  bool has_weights = false;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "stopped", none))
    has_weights |= entry.path().extension() == ".safetensors";
  if (has_weights) {
    EXPECT_EQ(run({"evaluate", "stopped", "--json"}).status, 0);
  }
  Arguments again = mobile("stopped");
  again.push_back("--resume");
  const json resumed = last_json(run(again));
  EXPECT_EQ(resumed["train_loss"], whole["train_loss"]);
  EXPECT_EQ(resumed["test_accuracy"], whole["test_accuracy"]);

  const json measured = last_json(run({"evaluate", "stopped", "--json"}));
  EXPECT_EQ(measured["accuracy"], whole["test_accuracy"]);
  const json guesses = last_json(run({"predict", "stopped", "data/red/0.png", "--json"}));
  ASSERT_EQ(guesses.size(), 1u);
}

}  // namespace
}  // namespace nasnet::test
