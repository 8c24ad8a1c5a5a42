#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

using SlowWorkflow = Searches;

TEST_F(SlowWorkflow, OneWorkerAndTwoFindTheSame) {
  const Outcome one = run(search("one.db", {{"--workers", "1"}}));
  ASSERT_EQ(one.status, 0) << one.err;
  const json found = findings(one);
  EXPECT_EQ(found.size(), 12u);
  for (const json& trial : found) EXPECT_EQ(trial[1], "done");
  EXPECT_EQ(findings(run(search("two.db", {{"--workers", "2"}}))), found);
  EXPECT_NE(findings(run(search("seed.db", {{"--seed", "2"}}))), found);
  // A finished study only shows its result again.
  EXPECT_EQ(findings(run(search("one.db"))), found);
}

TEST_F(SlowWorkflow, AStoppedAndAKilledSearchGoOnAsIfTheyHadNotBeen) {
  const Flags long_search = {{"--epochs", "6"}, {"--trials", "12"}};
  const json found = findings(run(search("whole.db", long_search)));
  for (const int number : {SIGINT, SIGTERM, SIGKILL}) {
    const std::string study = "signal-" + std::to_string(number) + ".db";
    {
      Process process = start(search(study, long_search));
      wait_for(study, 2);
      EXPECT_TRUE(process.running());
      process.signal(number);
      const Outcome outcome = process.wait(60);
      EXPECT_EQ(outcome.status, number == SIGKILL ? 128 + SIGKILL : 130) << outcome.err;
      EXPECT_EQ(outcome.err.starts_with("nasnet: "), number != SIGKILL) << outcome.err;
    }
    const Outcome outcome = run(search(study, long_search));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(findings(outcome), found) << number;
  }
}

TEST_F(SlowWorkflow, AStudyIsNotMixedWithAnother) {
  ASSERT_EQ(run(search("a.db", {{"--trials", "2"}})).status, 0);
  expect_refused(run(search("a.db", {{"--blocks", "3"}})), {"blocks = 2", "3", "--study"});
  expect_refused(run(search("a.db", {{"--seed", "9"}})), {"seed = 1", "9", "--study"});
  write_text(folder_ / "text.db", "this is no study, but a text that somebody wrote\n");
  expect_refused(run(search("text.db")), {"text.db"});
  EXPECT_EQ(read_text(folder_ / "text.db").find("this is no study"), 0u);
  expect_refused(run(search("data")), {"data"});
}

TEST_F(SlowWorkflow, AStudyThatAnotherSearchHoldsIsRefused) {
  Process process = start(search("held.db", {{"--trials", "1000"}}));
  wait_for("held.db");
  expect_refused(run(search("held.db", {{"--trials", "1000"}})), {"held.db", "process"});
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(60).status, 130);
}

TEST_F(SlowWorkflow, TrainEvaluatePredict) {
  const Arguments train = {"train", "nasnet-a",  "--data",  "data",     "--cells",
                           "1",     "--filters", "4",       "--epochs", "4",
                           "--out", "model",     "--batch", "8",        "--json"};
  const Outcome trained = run(train);
  ASSERT_EQ(trained.status, 0) << trained.err;
  const json result = last_json(trained);
  EXPECT_EQ(result["epochs"], 4);
  const json measured = last_json(run({"evaluate", "model", "--json"}));
  EXPECT_EQ(measured["accuracy"], result["test_accuracy"]);
  EXPECT_EQ(measured["images"], result["test_images"]);
  int images = 0;
  for (const json& entry : measured["classes"]) images += entry["images"].get<int>();
  EXPECT_EQ(measured["images"], images);
  fs::rename(folder_ / "data", folder_ / "moved");
  expect_refused(run({"evaluate", "model"}), {"trained on data", "missing here", "--data"});
  EXPECT_EQ(last_json(run({"evaluate", "model", "--data", "moved", "--json"}))["accuracy"],
            measured["accuracy"]);
  fs::rename(folder_ / "moved", folder_ / "data");

  const json guesses =
      last_json(run({"predict", "model", "data/red/0.png", "--json", "--top", "3"}));
  ASSERT_EQ(guesses.size(), 1u);
  ASSERT_EQ(guesses[0]["guesses"].size(), 3u);
  double sum = 0;
  for (const json& guess : guesses[0]["guesses"]) sum += guess["probability"].get<double>();
  EXPECT_NEAR(sum, 1, 1e-5);

  // A model is not overwritten by accident, and broken ones are named.
  expect_refused(run(train), {"model", "--resume"});
  write_text(folder_ / "broken.png", "no picture");
  expect_refused(run({"predict", "model", "broken.png"}), {"broken.png"});
  const Outcome skipped = run({"predict", "model", "data", "broken.png", "--skip-unreadable"});
  EXPECT_EQ(skipped.status, 0);
  EXPECT_EQ(std::count(skipped.out.begin(), skipped.out.end(), '\n'), 90) << "a line a picture";
  EXPECT_NE(skipped.err.find("skipped: broken.png cannot be read"), std::string::npos);
  expect_refused(run({"predict", "model", "none.png"}), {"none.png"});
  for (const auto& entry : fs::directory_iterator(folder_ / "model")) {
    if (entry.path().extension() != ".safetensors") continue;
    const std::string whole = read_text(entry.path());
    write_text(entry.path(), whole.substr(0, whole.size() / 2));
  }
  expect_refused(run({"evaluate", "model"}), {".safetensors"});
  write_text(folder_ / "model/manifest.json", "{");
  expect_refused(run({"evaluate", "model"}), {"manifest.json"});
}

TEST_F(SlowWorkflow, AStoppedTrainingGoesOnToTheSameEnd) {
  const auto train = [](const std::string& out) {
    return Arguments{"train",     "enas",    "--data", "data",      "--cells",  "1",
                     "--filters", "4",       "--out",  out,         "--epochs", "24",
                     "--json",    "--batch", "8",      "--threads", "1"};
  };
  const Stopwatch watch;
  const json whole = last_json(run(train("whole")));
  const double seconds = watch.seconds();
  {
    Process process = start(train("stopped"));
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds / 4));
    process.signal(SIGINT);
    const Outcome outcome = process.wait(60);
    EXPECT_EQ(outcome.status, 130) << outcome.err;
  }
  Arguments again = train("stopped");
  again.push_back("--resume");
  const json resumed = last_json(run(again));
  EXPECT_EQ(resumed["train_loss"], whole["train_loss"]);
  EXPECT_EQ(resumed["test_accuracy"], whole["test_accuracy"]);
}

}  // namespace
}  // namespace nasnet::test
