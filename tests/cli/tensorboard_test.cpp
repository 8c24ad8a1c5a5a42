#include <signal.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Event files as TensorBoard's own package reads them.
class TensorBoard : public Searches {
 protected:
  void SetUp() override {
    Searches::SetUp();
    if (Process({python().string(), "-c", "import tensorboard"}, folder_.path()).wait().status)
      GTEST_SKIP() << "Python's tensorboard is missing; scripts/oracles installs it";
  }
  json read(const std::string& folder) const { return read_logs("read_events.py", folder); }
  int count_files(const std::string& folder) const {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / folder))
      count += entry.is_regular_file();
    return count;
  }
};

/// Steps and values alone.
json without_times(const json& points) {
  json list = json::array();
  for (const json& point : points) list.push_back({point.at(0), point.at(1)});
  return list;
}

/// The curves that the study's own trials make, as floats.
std::map<std::string, json> curves_of(const json& trials) {
  std::map<std::string, json> curves;
  std::optional<double> best;
  std::vector<double> last;
  double seconds = 0;
  int failed = 0;
  for (const json& trial : trials) {
    const json step = trial.at("number");
    const auto add = [&](const char* tag, double value) {
      curves[tag].push_back({step, static_cast<float>(value)});
    };
    seconds += trial.at("core_seconds").get<double>();
    if (trial.at("state") == "done") {
      const double reward = trial.at("reward");
      add("reward", reward);
      last.push_back(reward);
      double sum = 0;
      const size_t first = last.size() > 50 ? last.size() - 50 : 0;
      for (size_t i = first; i < last.size(); ++i) sum += last[i];
      add("moving_mean", sum / static_cast<double>(last.size() - first));
      best = std::max(best.value_or(reward), reward);
    } else {
      ++failed;
    }
    if (best) add("best", *best);
    add("core_hours", seconds / 3600);
    add("failed", failed);
  }
  return curves;
}

void expect_curves(const json& events, const json& study) {
  for (const auto& [run, arm] : {std::pair("search", "trials"), std::pair("random", "baseline")}) {
    const json& scalars = events.at(run).at("scalars");
    for (const auto& [tag, points] : curves_of(study.at(arm)))
      EXPECT_EQ(without_times(scalars.at(tag)), points) << run << " " << tag;
    double best = -1;
    size_t pictures = 0;
    for (const json& trial : study.at(arm))
      if (trial.at("state") == "done" && trial.at("reward") > best) {
        best = trial.at("reward");
        ASSERT_LT(pictures, events.at(run).at("images").at("best_cells").size());
        const json& picture = events.at(run).at("images").at("best_cells")[pictures++];
        EXPECT_EQ(picture.at(0), trial.at("number"));
        EXPECT_GT(picture.at(1), 100);
        EXPECT_EQ(picture.at(3), true) << "a PNG of the size that is said";
      }
    EXPECT_EQ(events.at(run).at("images").at("best_cells").size(), pictures);
  }
}

TEST_F(TensorBoard, HasTheCurvesOfASearch) {
  const Outcome outcome = run(search("a.db", {{"--tensorboard", "runs"}, {"--trials", "12"}}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json events = read("runs");
  expect_curves(events, last_json(outcome));
  const json& entropy = events.at("search").at("scalars").at("policy_entropy");
  for (const json& point : entropy) EXPECT_LE(point.at(1), 1);
  EXPECT_FALSE(entropy.empty());
  EXPECT_EQ(count_files("runs"), 2);
  // The same search without: nothing else differs, and the study knows nothing of it.
  const Outcome without = run(search("b.db", {{"--trials", "12"}}));
  EXPECT_EQ(findings(outcome), findings(without));
  json settings = last_json(outcome).at("settings");
  EXPECT_FALSE(settings.contains("tensorboard"));
  settings["study"] = "b.db";
  EXPECT_EQ(settings, last_json(without).at("settings"));
}

TEST_F(TensorBoard, OfASearchThatWasKilledIsWholeOnceItIsResumed) {
  const Flags flags = {
      {"--tensorboard", "runs"}, {"--trials", "40"}, {"--workers", "1"}, {"--filters", "16"}};
  for (const int done : {4, 15}) {
    Process first = start(search("a.db", flags));
    wait_for("a.db", done);
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // a look, or part of one
    first.signal(SIGKILL);
    first.wait();
    if (fs::exists(folder_ / "runs")) read("runs");  // whatever there is can be read
  }
  const json before = fs::exists(folder_ / "runs/search") ? read("runs") : json::object();
  const Outcome outcome = run(search("a.db", flags));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json events = read("runs");
  expect_curves(events, last_json(outcome));
  EXPECT_EQ(count_files("runs"), 2) << "the older ones are gone";
  // Points that were there keep their times.
  if (before.contains("search")) {
    const json& scalars = before.at("search").at("scalars");
    for (const char* tag : {"reward"})
      if (scalars.contains(tag))
        for (const json& point : scalars.at(tag)) {
          const json& now = events.at("search").at("scalars").at(tag);
          EXPECT_NE(std::ranges::find(now, point), now.end()) << tag << point;
        }
  }
  // Finished, it is told anew just the same.
  run(search("a.db", flags));
  EXPECT_EQ(read("runs"), events);
}

TEST_F(TensorBoard, ThatCannotBeWrittenIsOneWarning) {
  write_text(folder_ / "runs", "no folder");
  const Outcome outcome = run(search("a.db", {{"--tensorboard", "runs"}}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(last_json(outcome).at("complete"), true);
  const std::string words = "nothing more is logged: ";
  const size_t first = outcome.err.find(words);
  ASSERT_NE(first, std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find(words, first + 1), std::string::npos) << outcome.err;
}

TEST_F(TensorBoard, HasTheCurvesOfATraining) {
  const Arguments training = {"train",  "nasnet-a",   "--data", "data",          "--cells",
                              "1",      "--filters",  "4",      "--out",         "model",
                              "--json", "--hold-out", "0.2",    "--tensorboard", "log"};
  Arguments whole = training;
  for (const char* word : {"--epochs", "3"}) whole.emplace_back(word);
  const auto compare = [&](const Outcome& outcome) {
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json manifest = json::parse(read_text(folder_ / "model/manifest.json"));
    const json scalars = read("log").at(".").at("scalars");
    ASSERT_EQ(manifest.at("history").size(), 3u);
    std::map<std::string, json> expected;
    for (const json& epoch : manifest.at("history"))
      for (const auto& [key, tag] :
           std::map<std::string, std::string>{{"train_loss", "train/loss"},
                                              {"train_accuracy", "train/accuracy"},
                                              {"learning_rate", "learning_rate"},
                                              {"held_out_accuracy", "held_out/accuracy"}})
        expected[tag].push_back({epoch.at("epoch"), epoch.at(key).get<float>()});
    for (const auto& [tag, points] : expected)
      EXPECT_EQ(without_times(scalars.at(tag)), points) << tag;
    EXPECT_EQ(scalars.at("test/accuracy")[0][1].get<float>(),
              last_json(outcome).at("test_accuracy").get<float>());
  };
  compare(run(whole));
  const json first = read("log");
  // A finished one that is resumed is told anew; the model is not another one.
  whole.emplace_back("--resume");
  compare(run(whole));
  EXPECT_EQ(read("log").at(".").at("scalars").at("train/loss"),
            first.at(".").at("scalars").at("train/loss"));
  EXPECT_EQ(count_files("log"), 1);
}

}  // namespace
}  // namespace nasnet::test
