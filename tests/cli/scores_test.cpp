#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "nasnet/base/random.h"
#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

/// Scores of children before their training, as measurements of a search's trials.
class SearchScores : public Searches {
 protected:
  static Flags with(const std::string& scores, const std::string& workers = "1") {
    return {{"--scores", scores}, {"--workers", workers}};
  }
};

TEST_F(SearchScores, AreMeasurementsThatNoWorkerChanges) {
  const nlohmann::json one = last_json(run(search("one.db", with("jacov,naswot,synflow"))));
  const nlohmann::json two = last_json(run(search("two.db", with("jacov,naswot,synflow", "2"))));
  const nlohmann::json none = last_json(run(search("none.db")));
  ASSERT_EQ(one.at("trials").size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    const nlohmann::json& measured = one.at("trials")[i].at("measurements");
    EXPECT_TRUE(measured.contains("synflow"));
    EXPECT_EQ(measured, two.at("trials")[i].at("measurements"));
    nlohmann::json rest = measured;
    for (const char* name : {"jacov", "naswot", "synflow"}) rest.erase(name);
    EXPECT_EQ(rest, none.at("trials")[i].at("measurements")) << "a training is what it was";
  }
}

TEST_F(SearchScores, AreRefusedWhereTheyAreUnknown) {
  const Outcome outcome = run(search("s.db", with("jacov,synflo")));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("unknown score 'synflo'; did you mean 'synflow'?"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

/// Screened by scores that the driver measures, with goals, under a limit; children really train.
class SlowScreens : public SearchScores {
 protected:
  static Arguments screened(const std::string& study, const std::string& workers) {
    Arguments arguments = search(study, {{"--strategy", "evolution"},
                                         {"--screen", "3"},
                                         {"--scores", "jacov"},
                                         {"--limit", "parameters=1M"},
                                         {"--front-population", "6"},
                                         {"--front-tournament", "3"},
                                         {"--trials", "16"},
                                         {"--generation", "4"},
                                         {"--epochs", "2"},
                                         {"--workers", workers}});
    arguments.insert(arguments.end(), {"--goal", "accuracy", "--goal", "multiply_adds"});
    return arguments;
  }
  /// With all that was measured.
  static nlohmann::json all(const Outcome& outcome) {
    nlohmann::json found = findings(outcome);
    const nlohmann::json object = last_json(outcome);
    for (const char* arm : {"trials", "baseline"})
      for (const nlohmann::json& trial : object.at(arm)) found.push_back(trial.at("measurements"));
    found.push_back(object.at("front"));
    return found;
  }
};

TEST_F(SlowScreens, AreTheSameWithAnyNumberOfWorkersHoweverOftenKilled) {
  const nlohmann::json alone = all(run(screened("one.db", "1")));
  EXPECT_EQ(all(run(screened("two.db", "2"))), alone);
  EXPECT_EQ(all(run(screened("eight.db", "8"))), alone);
  Random random(3, 0, "moments");
  int kills = 0;
  for (int round = 0; kills < 20; ++round) {
    const std::string study = "killed" + std::to_string(round) + ".db";
    for (;;) {
      Process driver = start(screened(study, "2"));
      std::this_thread::sleep_for(std::chrono::milliseconds(100 + random.below(700)));
      if (!driver.running()) break;
      driver.signal(SIGKILL);
      driver.wait();
      ++kills;
    }
    ASSERT_EQ(all(run(screened(study, "1"))), alone) << "after " << kills << " kills";
    ASSERT_LT(round, 40) << "searches are too short to be killed";
  }
}

}  // namespace
}  // namespace nasnet::test
