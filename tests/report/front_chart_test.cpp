#include "nasnet/report/front_chart.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nasnet::report {
namespace {

using search::Trial;
using search::TrialState;

Trial done(int64_t number, double accuracy, double latency, double parameters = 0) {
  Trial trial;
  trial.number = number;
  trial.state = TrialState::kDone;
  trial.reward = accuracy;
  trial.measurements = {
      {"accuracy", accuracy}, {"latency_ms", latency}, {"parameters", parameters}};
  return trial;
}

/// The errors and costs of the specification's golden point sets, as accuracies and milliseconds.
search::StudyResult golden(const std::vector<std::string>& goals,
                           const std::vector<std::string>& reference) {
  search::StudyResult result;
  const search::Goals parsed(goals);
  result.objective = search::Objective("accuracy", parsed, parsed.reference(reference), {});
  result.search = {done(0, 0.85, 60, 5e6), done(1, 0.90, 50, 9e6), done(2, 0.92, 100, 4e6),
                   done(3, 0.88, 20, 2e6)};
  result.baseline = {done(0, 0.84, 40, 3e6), done(1, 0.86, 90, 1e6)};
  return result;
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(FrontChart, HasBothFrontsAsStaircases) {
  const search::StudyResult result =
      golden({"accuracy", "latency_ms"}, {"accuracy=0.8", "latency_ms=100"});
  const search::SearchSettings settings;
  const FrontChart chart = draw_fronts(settings, result, search::find_fronts(result));
  for (const char* part :
       {"accuracy, % (more is better)", "latency, ms (less is better)", ">front-1<", ">front-2<",
        ">front-3<", ">reference<", "stroke-dasharray", "random search: front, hypervolume"})
    EXPECT_NE(chart.svg.find(part), std::string::npos) << part;
  // Six trials and five members; a stair and a hypervolume of each arm.
  EXPECT_EQ(count_of(chart.svg, "class='mark'"), 6u + 3u + 2u + 1u);
  EXPECT_EQ(count_of(chart.svg, "<polyline"), 4u);
  EXPECT_EQ(chart.caption, "");
}

TEST(FrontChart, LeavesOutWhatIsFarAwayAndSaysSo) {
  search::StudyResult result =
      golden({"accuracy", "latency_ms"}, {"accuracy=0.1", "latency_ms=100"});
  for (int64_t i = 4; i < 20; ++i) result.search.push_back(done(i, 0.87, 70));
  result.search.push_back(done(20, 0.1, 1));
  const FrontChart chart = draw_fronts({}, result, search::find_fronts(result));
  EXPECT_EQ(chart.caption,
            "Worse than all that the frame shows: 1 trial, 1 member of a front among them (see the "
            "table).");
  EXPECT_EQ(count_of(chart.svg, ">reference<"), 0u);
}

TEST(FrontChart, OfThreeGoalsHasNoStair) {
  const search::StudyResult result = golden({"accuracy", "latency_ms", "parameters"},
                                            {"accuracy=0.8", "latency_ms=100", "parameters=10M"});
  const FrontChart chart = draw_fronts({}, result, search::find_fronts(result));
  EXPECT_EQ(count_of(chart.svg, "<polyline"), 2u) << "of the hypervolumes alone";
  EXPECT_NE(chart.svg.find("parameters, millions (less is better)"), std::string::npos);
  EXPECT_NE(chart.svg.find("on the front of all goals"), std::string::npos);
  EXPECT_NE(chart.caption.find("look beaten"), std::string::npos);
}

TEST(FrontChart, HasTablesThatSayTheSame) {
  const search::StudyResult result =
      golden({"accuracy", "latency_ms"}, {"accuracy=0.8", "latency_ms=220"});
  const FrontTable table = front_table({}, result, search::find_fronts(result));
  EXPECT_EQ(table.header,
            (std::vector<std::string>{"front of", "member", "trial", "accuracy", "latency_ms"}));
  ASSERT_EQ(table.members.size(), 5u);
  EXPECT_EQ(table.members[0],
            (std::vector<std::string>{"ppo", "front-1-100-latency_ms", "2", "92.00 %", "100"}));
  EXPECT_EQ(table.members[4], (std::vector<std::string>{"random", "-", "0", "84.00 %", "40"}));
  // (0.85 - 0.8) x (220 - 60) = 8, and so on; shares are a hundredth of the per cent's 2180.
  ASSERT_EQ(table.volumes.size(), 3u);
  EXPECT_EQ(table.volumes[0], (std::vector<std::string>{"1", "8", "7.2"}));
  EXPECT_EQ(table.volumes[2][0], "4");
}

TEST(FrontChart, OfNothingIsNone) {
  search::StudyResult result =
      golden({"accuracy", "latency_ms"}, {"accuracy=0.8", "latency_ms=220"});
  result.search.clear();
  result.baseline.clear();
  EXPECT_EQ(draw_fronts({}, result, search::find_fronts(result)).svg, "");
  EXPECT_EQ(draw_fronts({}, {}, {}).svg, "");
  result = golden({"accuracy", "latency_ms"}, {"accuracy=0.8", "latency_ms=220"});
  result.search.resize(1);
  result.baseline.clear();
  EXPECT_EQ(count_of(draw_fronts({}, result, search::find_fronts(result)).svg, "<polyline"), 2u);
}

}  // namespace
}  // namespace nasnet::report
