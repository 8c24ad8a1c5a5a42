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

/// The user's own figures: each cell takes as long as its row.
TEST_F(SearchGoals, TakeLatenciesFromATable) {
  const Arguments stack = {"--cells",      "1", "--filters", "4", "--blocks",     "2",
                           "--image-size", "8", "--classes", "3", "--candidates", "12",
                           "--held-out",   "3"};
  Arguments write = {"latency", "--write-cells", "cells"};
  write.insert(write.end(), stack.begin(), stack.end());
  const Outcome written = run(write);
  ASSERT_EQ(written.status, 0) << written.err;
  std::string filled;
  int row = 0;
  for (const char c : read_text(folder_ / "cells/cells.csv")) {
    if (c == '\n' && row++ > 0) filled += std::to_string(10 + row);
    filled += c;
  }
  write_text(folder_ / "cells/cells.csv", filled);
  ASSERT_EQ(run({"latency", "--measurements", "cells/cells.csv", "--out", "t.json"}).status, 0);
  const Arguments timed =
      bananas("s.db", {"--latency-table", "t.json", "--final-cells", "1", "--image-size", "8",
                       "--goal", "accuracy", "--goal", "latency_ms"});
  const Outcome outcome = run(timed);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json study = last_json(outcome);
  for (const double ms : values(study.at("trials"), "final_latency_ms")) EXPECT_GT(ms, 0);
  EXPECT_EQ(study.at("front").at("goals")[1].at("measurement"), "final_latency_ms");
  // Another network has other latencies.
  expect_refusal(bananas("o.db", {"--latency-table", "t.json", "--image-size", "8"}),
                 {"t.json", "cells 1, not 2"});
}

}  // namespace
}  // namespace nasnet::test
