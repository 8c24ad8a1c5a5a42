#include <algorithm>

#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

/// Searches with other objectives than the accuracy.
class SearchObjective : public Searches {
 protected:
  static Flags with(const std::string& objective) { return {{"--objective", objective}}; }
  static void expect_refusal(const Outcome& outcome, const std::vector<std::string>& parts) {
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    for (const std::string& part : parts)
      EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in " << outcome.err;
  }
  /// The middle of the parameters of all candidates.
  static int64_t usual_size(const nlohmann::json& study) {
    std::vector<int64_t> sizes;
    for (const nlohmann::json& trial : study.at("trials"))
      sizes.push_back(trial.at("measurements").at("parameters"));
    std::nth_element(sizes.begin(), sizes.begin() + 3, sizes.end());
    return sizes[3];
  }
};

TEST_F(SearchObjective, TellsOfLimits) {
  const nlohmann::json plain = last_json(run(search("plain.db")));
  EXPECT_EQ(plain.at("settings").at("objective"), "accuracy");
  for (const nlohmann::json& trial : plain.at("trials")) {
    EXPECT_EQ(trial.at("reward"), trial.at("measurements").at("accuracy"));
    EXPECT_FALSE(trial.contains("within_limits"));
  }
  const int64_t most = usual_size(plain);
  const std::string objective = "accuracy, parameters <= " + std::to_string(most);
  const Outcome outcome = run(search("s.db", with(objective)));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json study = last_json(outcome);
  int64_t beyond = 0;
  for (const nlohmann::json& trial : study.at("trials")) {
    const bool within = trial.at("measurements").at("parameters") <= most;
    beyond += !within;
    EXPECT_EQ(trial.at("within_limits"), within);
    EXPECT_EQ(trial.at("reward") == trial.at("measurements").at("accuracy"), within);
    EXPECT_EQ(trial.at("reward") < 0, !within);
  }
  EXPECT_GT(beyond, 0);
  EXPECT_EQ(study.at("beyond_limits").at("search"), beyond);
  for (const nlohmann::json& cell : study.at("best"))
    EXPECT_LE(cell.at("measurements").at("parameters"), most);

  Arguments arguments = search("s.db");  // the study keeps its objective
  std::erase(arguments, "--json");
  const Outcome report = run(arguments);
  ASSERT_EQ(report.status, 0) << report.err;
  EXPECT_NE(report.out.find("Objective: " + objective + ". Beyond its limits: " +
                            std::to_string(beyond) + " of ppo's candidates"),
            std::string::npos)
      << report.out;
  EXPECT_NE(report.out.find(" %  parameters "), std::string::npos) << report.out;
}

TEST_F(SearchObjective, ShowsTradesAsNumbers) {
  Arguments arguments =
      search("s.db", with("accuracy, minimize multiply_adds around 100k weight 0.1"));
  std::erase(arguments, "--json");
  const Outcome report = run(arguments);
  ASSERT_EQ(report.status, 0) << report.err;
  EXPECT_NE(report.out.find("\nreward "), std::string::npos) << report.out;
  EXPECT_EQ(report.out.find("validation accuracy"), std::string::npos) << report.out;
  EXPECT_NE(report.out.find("  accuracy "), std::string::npos) << report.out;
}

TEST_F(SearchObjective, ThatNothingMeetsSaysWhatCameNearest) {
  const Outcome outcome = run(search("s.db", with("accuracy, parameters <= 10")));
  expect_refusal(outcome, {"no candidate keeps parameters <= 10; trial ", " comes nearest: param"});
  EXPECT_EQ(last_json(outcome).at("trials").size(), 6u) << "the JSON is there still";
  EXPECT_TRUE(last_json(outcome).at("best").empty());
}

TEST_F(SearchObjective, ThatIsWrongIsRefusedBeforeThereIsAStudy) {
  expect_refusal(run(search("s.db", with("accuracy, parametres <= 3M"))),
                 {"unknown measurement 'parametres'; did you mean 'parameters'?"});
  expect_refusal(run(search("s.db", with("accuracy, minimize accuracy"))),
                 {"accuracy is a goal twice"});
  expect_refusal(run(search("s.db", with("accuracy parameters"))), {"cannot be read; write goals"});
  EXPECT_FALSE(std::filesystem::exists(folder_ / "s.db"));
}

TEST_F(SearchObjective, IsTheSameToWorkersElsewhere) {
  Flags flags = with("accuracy, minimize multiply_adds around 100k");
  const nlohmann::json alone = findings(run(search("alone.db", flags)));
  flags["--launch"] = "elsewhere";
  Process driver = start(search("s.db", flags));
  wait_for("s.db");
  const Outcome worker = run({"worker", "--study", "s.db", "--workers", "1"});
  EXPECT_EQ(worker.status, 0) << worker.err;
  EXPECT_EQ(findings(driver.wait()), alone);
}

TEST_F(SearchObjective, StaysThatOfTheStudy) {
  ASSERT_EQ(run(search("s.db")).status, 0);
  expect_refusal(run(search("s.db", with("accuracy, parameters <= 3M"))),
                 {"objective = \"accuracy\" (now \"accuracy, parameters <= 3M\")",
                  "give the same settings to resume it"});
}

}  // namespace
}  // namespace nasnet::test
