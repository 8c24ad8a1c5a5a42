#include <algorithm>

#include "nasnet/dashboard/live_study.h"
#include "nasnet/search/study/front_findings.h"
#include "tests/dashboard/studies.h"

namespace nasnet::dashboard {
namespace {

using nlohmann::ordered_json;

class ArmFronts : public Studies {
 protected:
  static void expect_same(const ordered_json& shown, const search::ArmFront& front,
                          const std::vector<search::VolumeStep>& history) {
    EXPECT_DOUBLE_EQ(shown.at("hypervolume"), front.hypervolume);
    ASSERT_EQ(shown.at("members").size(), front.members.size());
    for (size_t i = 0; i < front.members.size(); ++i) {
      const ordered_json& member = shown.at("members")[i];
      EXPECT_EQ(member.at("number"), front.members[i].number);
      EXPECT_EQ(member.at("values")[0], front.members[i].measurements.at("accuracy"));
      EXPECT_EQ(member.at("values")[1], front.members[i].measurements.at("odour"));
    }
    ASSERT_EQ(shown.at("history").size(), history.size());
    for (size_t i = 0; i < history.size(); ++i) {
      EXPECT_EQ(shown.at("history")[i][0], history[i].trial + 1);
      EXPECT_DOUBLE_EQ(shown.at("history")[i][1], history[i].hypervolume);
    }
  }
};
NASNET_ON_BOTH_STORES(ArmFronts);

TEST_P(ArmFronts, AreThoseOfTheReportAlsoWhenTheStudyGrows) {
  LiveStudy live("id", url(), study("cells"));
  for (const int64_t trials : {10, 40, 90}) {
    search::SearchSettings given = two_goals(trials);
    search(given);
    live.refresh();
    const ordered_json shown = live.front(1000);
    const auto store = search::open_store(url(), study("cells"), search::OpenMode::kRead);
    const auto space = search::make_space(given);
    const search::StudySpec spec = search::make_spec(given, *space, 7);
    const search::StudyResult result = search::read_study(*store, spec);
    const search::FrontFindings found = search::find_fronts(result);
    ASSERT_GE(found.search.members.size(), 2u);
    expect_same(shown.at("search"), found.search,
                search::volume_history(result.search, result.objective));
    expect_same(shown.at("baseline"), found.baseline,
                search::volume_history(result.baseline, result.objective));
    EXPECT_EQ(shown.at("search").at("end"), trials);
    EXPECT_EQ(live.detail().at("goals"), shown.at("goals"));
    EXPECT_EQ(shown.at("goals")[1].at("reference"), 100);

    // The scatter has the same front, in the goals' directions.
    const ordered_json points = live.points({{"odour", "accuracy"}, "", 1000});
    EXPECT_EQ(points.at("front_of"), (ordered_json{"odour", "accuracy"}));
    EXPECT_EQ(points.at("columns")[0].at("direction"), "minimize");
    std::vector<int64_t> drawn = points.at("arms").at("search").at("front"), members;
    for (const auto& member : found.search.members) members.push_back(member.number);
    std::ranges::sort(drawn);
    std::ranges::sort(members);
    EXPECT_EQ(drawn, members);
  }
  const ordered_json few = live.front(2).at("search").at("history");
  const ordered_json all = live.front(1000).at("search").at("history");
  ASSERT_EQ(few.size(), 2u);
  EXPECT_EQ(few[0], all[0]);
  EXPECT_EQ(few[1], all.back());
}

TEST_P(ArmFronts, OfOneNumberAreNone) {
  search(settings(10));
  LiveStudy live("id", url(), study("cells"));
  live.refresh();
  EXPECT_THROW(live.front(100), InputError);
  EXPECT_TRUE(live.detail().at("goals").empty());
}

/// A trial that is tried again is judged again.
TEST(ArmFront, FollowsTrialsThatChange) {
  const search::Goals goals({"accuracy", "minimize odour"});
  const search::Objective objective("accuracy", goals, goals.reference({"accuracy=0", "odour=10"}),
                                    {});
  ArmFront front(objective);
  ArmColumns columns{.arm = "search"};
  ArmTable table{.decisions = 0};
  const auto put = [&](size_t i, bool done, double accuracy, double odour) {
    using search::TrialState;
    columns.state.resize(std::max(columns.state.size(), i + 1));
    columns.repeats.resize(columns.state.size());
    columns.reward.resize(columns.state.size());
    table.done.resize(columns.state.size());
    for (const char* name : {"accuracy", "odour"})
      table.measurements[name].resize(columns.state.size());
    columns.state[i] = done ? TrialState::kDone : TrialState::kFailed;
    columns.reward[i] = accuracy;
    table.done[i] = done ? 1 : 0;
    table.measurements["accuracy"][i] = accuracy;
    table.measurements["odour"][i] = odour;
    columns.settled = columns.size();
  };
  put(0, true, 0.5, 6);
  put(1, false, 0, 0);
  front.refresh(columns, table, 10);
  EXPECT_DOUBLE_EQ(front.hypervolume(), 0.5 * 4);
  EXPECT_EQ(front.end(), 2);
  put(2, true, 0.4, 2);
  front.refresh(columns, table, 10);
  EXPECT_DOUBLE_EQ(front.hypervolume(), 0.5 * 4 + 0.4 * 4);
  put(1, true, 0.9, 1);
  front.refresh(columns, table, 10);
  EXPECT_DOUBLE_EQ(front.hypervolume(), 0.9 * 9);
  ASSERT_EQ(front.history(10).size(), 2u) << "the last one is beaten before it comes";
  front.refresh(columns, table, 1);
  EXPECT_DOUBLE_EQ(front.hypervolume(), 0.5 * 4) << "of fewer trials";
}

}  // namespace
}  // namespace nasnet::dashboard
