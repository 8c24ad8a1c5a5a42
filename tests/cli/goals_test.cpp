#include <algorithm>

#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Searches with several goals and hard limits, of children of pictures.
class SearchGoals : public Searches {
 protected:
  static Arguments bananas(const std::string& study, Arguments more) {
    Arguments arguments = search(study, {{"--strategy", "bananas"}, {"--final-filters", "4"}});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  void expect_refusal(const Arguments& arguments, const std::vector<std::string>& parts) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    for (const std::string& part : parts)
      EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in " << outcome.err;
  }
  /// A table of latencies of a device of the user's: each cell takes as long as its row.
  void write_latencies(const std::string& table, int least) const {
    const Arguments stack = {"--cells",      "1", "--filters", "4", "--blocks",     "2",
                             "--image-size", "8", "--classes", "3", "--candidates", "12",
                             "--held-out",   "3"};
    Arguments write = {"latency", "--write-cells", "cells-" + table};
    write.insert(write.end(), stack.begin(), stack.end());
    const Outcome written = run(write);
    ASSERT_EQ(written.status, 0) << written.err;
    std::string filled;
    int row = 0;
    for (const char c : read_text(folder_ / ("cells-" + table + "/cells.csv"))) {
      if (c == '\n' && row++ > 0) filled += std::to_string(least + row);
      filled += c;
    }
    write_text(folder_ / ("cells-" + table + "/cells.csv"), filled);
    ASSERT_EQ(run({"latency", "--measurements", ("cells-" + table + "/cells.csv"), "--out", table})
                  .status,
              0);
  }
  static std::vector<double> values(const json& trials, const std::string& name) {
    std::vector<double> values;
    for (const json& trial : trials) values.push_back(trial.at("measurements").at(name));
    return values;
  }
};

TEST_F(SearchGoals, SaveTheFrontAndKeepTheLimit) {
  const json plain = last_json(run(bananas("plain.db", {})));
  std::vector<double> sizes = values(plain.at("trials"), "final_parameters");
  std::sort(sizes.begin(), sizes.end());
  const auto most = static_cast<int64_t>(sizes[sizes.size() / 2]);
  const Arguments arguments = bananas("s.db", {"--goal", "accuracy", "--goal", "multiply_adds",
                                               "--limit", "parameters=" + std::to_string(most)});
  const Outcome outcome = run(arguments);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json study = last_json(outcome);
  EXPECT_EQ(study.at("settings").at("goal"), (json{"accuracy", "final_multiply_adds"}));
  for (const char* arm : {"trials", "baseline"})
    for (const double size : values(study.at(arm), "final_parameters")) EXPECT_LE(size, most);
  const json& front = study.at("front");
  EXPECT_EQ(front.at("goals")[0].at("measurement"), "accuracy");
  EXPECT_EQ(front.at("goals")[0].at("maximize"), true);
  // The most frequent of three classes among 30 images.
  EXPECT_GE(front.at("goals")[0].at("reference"), 1 / 3.0);
  EXPECT_EQ(front.at("search").at("trials").size(), study.at("best").size());
  EXPECT_GE(front.at("search").at("hypervolume"), 0);
  // The most accurate first, each with its cost in its name.
  double accuracy = 2;
  for (const json& cell : study.at("best")) {
    const json& measured = cell.at("measurements");
    EXPECT_LE(measured.at("accuracy"), accuracy);
    accuracy = measured.at("accuracy");
    const std::string file = cell.at("json");
    EXPECT_NE(file.find("-final_multiply_adds.json"), std::string::npos) << file;
    EXPECT_TRUE(fs::exists(folder_ / file)) << file;
  }
  // Resumed without saying it again, the study keeps goals, limit and reference.
  const Outcome resumed = run(bananas("s.db", {}));
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_EQ(last_json(resumed).at("front"), front);

  expect_refusal(bananas("plain.db", {"--goal", "accuracy", "--goal", "multiply_adds"}),
                 {"plain.db was made with goal = []"});
  const Outcome tighter =
      run(bananas("s.db", {"--limit", "parameters=" + std::to_string(most - 1)}));
  EXPECT_NE(tighter.err.find("finished trials are beyond them; they stay"), std::string::npos)
      << tighter.err;
  Arguments text = arguments;
  std::erase(text, "--json");
  const Outcome report = run(text);
  EXPECT_NE(report.out.find("The front that was found"), std::string::npos) << report.out;
  EXPECT_NE(report.out.find("The front of bananas has "), std::string::npos) << report.out;
}

TEST_F(SearchGoals, RefuseInOneLineWhatCannotBe) {
  expect_refusal(bananas("s.db", {"--goal", "accuracy"}), {"one goal has no front"});
  expect_refusal(bananas("s.db", {"--goal", "accuracy", "--goal", "multiply_add"}),
                 {"unknown measurement 'multiply_add'", "did you mean"});
  expect_refusal(bananas("s.db", {"--limit", "multiply_adds=1k"}),
                 {"--limit final_multiply_adds=1000", "the least final_multiply_adds seen was"});
  expect_refusal(bananas("s.db", {"--limit", "accuracy=0.9"}), {"not known before"});
  expect_refusal(bananas("s.db", {"--limit", "latency_ms=5"}), {"not known before"});
  expect_refusal(bananas("s.db", {"--goal", "accuracy", "--goal", "joules"}),
                 {"--goal joules", "no evaluator here measures", "take latency_ms"});
  expect_refusal(bananas("s.db", {"--limit", "joules=3"}), {"--limit joules", "its training's"});
  expect_refusal(bananas("s.db", {"--limit", "parameters"}), {"give NAME=VALUE"});
  expect_refusal(bananas("s.db", {"--goal", "accuracy", "--goal", "parameters", "--reference",
                                  "parameters=1"}),
                 {"no candidate is better"});
  expect_refusal(bananas("s.db", {"--latency-table", "none.json"}), {"none.json"});
  EXPECT_FALSE(fs::exists(folder_ / "s.db")) << "nothing was begun";
}

/// A study of goals resumed with anything else says so in one line, and loses nothing.
TEST_F(SearchGoals, AreResumedAsTheyWereMade) {
  const Arguments made = {"--goal",   "accuracy", "--goal",      "multiply_adds",
                          "--screen", "2",        "--screen-by", "minimize parameters"};
  const Outcome begun = run(bananas("s.db", made));
  ASSERT_EQ(begun.status, 0) << begun.err;
  const json front = last_json(begun).at("front");
  ASSERT_EQ(run(bananas("one.db", {})).status, 0);
  ASSERT_EQ(run(search("ppo.db", {{"--reward-target", "multiply_adds=100k"}})).status, 0);
  const std::string remedy = "give the same settings to resume it, or another --study";
  const std::string goals = R"(goal = ["accuracy","final_multiply_adds"])";
  struct Case {
    std::string study;
    Arguments given;
    std::vector<std::string> told;
  };
  const std::vector<Case> cases = {
      {"one.db", {"--goal", "accuracy", "--goal", "parameters"}, {"goal = []", remedy}},
      {"one.db", {"--reference", "accuracy=0.1"}, {"there is no --goal"}},
      {"one.db", {"--screen", "3"}, {"screen = 1 (now 3)", remedy}},
      {"one.db", {"--limit-stack", "child"}, {"limit_stack = \"final\" (now \"child\")", remedy}},
      {"s.db", {"--goal", "accuracy"}, {goals, "(now [\"accuracy\"])", remedy}},
      {"s.db", {"--goal", "accuracy", "--goal", "parameters"}, {goals, remedy}},
      {"s.db", {"--goal", "multiply_adds", "--goal", "accuracy"}, {goals, remedy}},
      {"s.db",
       {"--goal", "accuracy", "--goal", "maximize multiply_adds"},
       {goals, "maximize final_multiply_adds", remedy}},
      {"s.db", {"--reference", "accuracy=0.1"}, {"reference = [", "accuracy=0.1", remedy}},
      {"s.db", {"--reference", "parameters=1M"}, {"final_parameters is no --goal"}},
      {"s.db", {"--limit-stack", "child"}, {"limit_stack", remedy}},
      {"s.db", {"--screen", "1"}, {"screen = 2 (now 1)", remedy}},
      {"s.db", {"--screen-by", "parameters"}, {"screen_by = [\"minimize final_param", remedy}},
      {"s.db", {"--objective", "minimize parameters"}, {"objective = \"accuracy\"", remedy}},
      {"s.db", {"--strategy", "evolution"}, {"strategy = \"bananas\"", remedy}},
      {"ppo.db",
       {"--strategy", "ppo", "--reward-target", "multiply_adds=10k"},
       {"reward_target = \"multiply_adds=100k\"", remedy}},
  };
  for (const Case& one : cases) {
    std::string said;
    for (const std::string& word : one.given) said += word + " ";
    SCOPED_TRACE(one.study + ": " + said);
    Arguments arguments = {"search", "--json", "--study", one.study};
    arguments.insert(arguments.end(), one.given.begin(), one.given.end());
    expect_refusal(arguments, one.told);
  }
  for (const std::string study : {"s.db", "one.db", "ppo.db"})
    EXPECT_EQ(count_rows(folder_ / study, "trials WHERE state = 'done'"), 12) << study;
  const Outcome same = run(bananas("s.db", made));
  ASSERT_EQ(same.status, 0) << same.err;
  EXPECT_EQ(last_json(same).at("front"), front);
  const Outcome unsaid = run({"search", "--json", "--study", "s.db", "--trials", "6"});
  ASSERT_EQ(unsaid.status, 0) << unsaid.err;
  EXPECT_EQ(last_json(unsaid).at("front"), front);
}

/// The user's own figures: each cell takes as long as its row.
TEST_F(SearchGoals, TakeLatenciesFromATable) {
  write_latencies("t.json", 10);
  const Arguments timed =
      bananas("s.db", {"--latency-table", "t.json", "--final-cells", "1", "--image-size", "8",
                       "--goal", "accuracy", "--goal", "latency_ms"});
  const Outcome outcome = run(timed);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json study = last_json(outcome);
  for (const double ms : values(study.at("trials"), "final_latency_ms")) EXPECT_GT(ms, 0);
  EXPECT_EQ(study.at("front").at("goals")[1].at("measurement"), "final_latency_ms");
  // Resumed with the same table only: by its contents, wherever it lies.
  const std::string first = read_text(folder_ / "t.json");
  fs::rename(folder_ / "t.json", folder_ / "moved.json");
  expect_refusal(timed, {"t.json"});
  Arguments moved = timed;
  std::replace(moved.begin(), moved.end(), std::string("t.json"), std::string("moved.json"));
  EXPECT_EQ(last_json(run(moved)).at("front"), study.at("front"));
  write_latencies("other.json", 50);
  write_text(folder_ / "t.json", read_text(folder_ / "other.json"));
  expect_refusal(timed, {"--latency-table", "s.db", "its times differ"});
  write_text(folder_ / "t.json", first);
  EXPECT_EQ(last_json(run(timed)).at("front"), study.at("front"));
  // Another network has other latencies.
  expect_refusal(bananas("o.db", {"--latency-table", "t.json", "--image-size", "8"}),
                 {"t.json", "cells 1, not 2"});
}

}  // namespace
}  // namespace nasnet::test
