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

/// Images grow, whatever the number of processes.
TEST_F(SlowRecipe, QuickHasGrowingImages) {
  const Arguments quick = {"--recipe", "quick",   "--epochs", "5",          "--image-size",
                           "24",       "--batch", "4",        "--replicas", "3"};
  const auto weights = [&](const std::string& out) {
    const json manifest = json::parse(read_text(folder_ / (out + "/manifest.json")));
    return read_text(folder_ / out / manifest.at("weights").get<std::string>());
  };
  Arguments one = train("one", quick);
  std::erase(one, "--json");
  const Outcome outcome = run(one);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("images: 16x16 pixels in epochs 1 to 4, 20x20 in 5 to 5; measured and "
                             "used on 24x24\n"),
            std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("epoch   4: 16x16 pixels, training loss"), std::string::npos);
  EXPECT_NE(outcome.out.find("epoch   5: 20x20 pixels, training loss"), std::string::npos);
  EXPECT_NE(outcome.out.find("estimated time: "), std::string::npos);
  const json history = json::parse(read_text(folder_ / "one/manifest.json")).at("history");
  EXPECT_EQ(history.at(3).at("image_size"), 16);
  EXPECT_EQ(history.at(4).at("image_size"), 20);
  for (const std::string processes : {"2", "3"}) {
    Arguments more = quick;
    more.insert(more.end(), {"--processes", processes});
    const Outcome several = run(train(processes, more));
    ASSERT_EQ(several.status, 0) << several.err;
    EXPECT_EQ(weights(processes), weights("one")) << processes;
  }
  EXPECT_EQ(run({"evaluate", "one"}).status, 0);
}

TEST_F(SlowRecipe, SizesThatCannotBeAreRefused) {
  const auto sizes = [&](const std::string& text, const Arguments& more = {}) {
    Arguments all = {"--sizes", text, "--image-size", "32", "--epochs", "4"};
    all.insert(all.end(), more.begin(), more.end());
    return run(train("x", all));
  };
  expect_refused(sizes("16:0.4,24"), {"--sizes: the auxiliary head", "--auxiliary-weight 0"});
  const Arguments plain = {"--auxiliary-weight", "0"};
  expect_refused(sizes("16:2,24", plain), {"--sizes 16:2,24: shares rise"});
  expect_refused(sizes("24:0.5,16", plain), {"images grow"});
  expect_refused(sizes("16:0.5,64", plain), {"64x64 pixels are more than the network's 32x32"});
  expect_refused(sizes("small", plain), {"'small' is no size"});
  EXPECT_FALSE(fs::exists(folder_ / "x" / "manifest.json"));
}

TEST_F(SlowRecipe, AreDescribedWithoutData) {
  const Outcome text = run({"train", "--recipe", "large", "--describe", "--stack", "large"});
  ASSERT_EQ(text.status, 0) << text.err;
  EXPECT_NE(text.out.find("  280.8    all   0.000425     331   0.73"), std::string::npos)
      << text.out;
  const json quick = last_json(run({"train", "--recipe", "quick", "--replicas", "8", "--image-size",
                                    "224", "--describe", "--json"}));
  ASSERT_EQ(quick.at("points").size(), 10u);
  EXPECT_EQ(quick["points"][0]["image_size"], 128);
  EXPECT_EQ(quick["points"][9]["image_size"], 160);
  EXPECT_EQ(quick["points"][5]["learning_rate"], 8 * 0.053125);
  EXPECT_EQ(quick["points"][5]["images"], 256);
  EXPECT_EQ(quick["settings"]["reestimate_norms"], true);
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
