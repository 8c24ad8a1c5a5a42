#include <algorithm>

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

}  // namespace
}  // namespace nasnet::test
