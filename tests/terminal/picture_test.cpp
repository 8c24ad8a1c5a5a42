#include "nasnet/terminal/picture.h"

#include <filesystem>

#include "nasnet/base/columns.h"
#include "nasnet/report/reward_text.h"
#include "tests/dashboard/studies.h"

namespace nasnet::terminal {
namespace {

using nlohmann::ordered_json;

class TerminalPictures : public dashboard::Studies {};
NASNET_ON_BOTH_STORES(TerminalPictures);

std::string text_of(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) text += plain(line) + "\n";
  return text;
}

TEST_P(TerminalPictures, SayWhatTheApiSays) {
  const search::SearchSettings given = settings(40);
  search(given, true);
  dashboard::LiveStudy live("", given.store, given.study_file);
  live.refresh();
  const Snapshot snapshot = take_snapshot(live);
  ASSERT_EQ(snapshot.problem, "");
  EXPECT_TRUE(has_ended(snapshot));
  const std::string text = text_of(draw_picture(snapshot, {4000, 120, true}));
  const report::RewardText rewards{search::Objective()};
  for (const ordered_json& arm : snapshot.study.at("arms")) {
    const ordered_json& best = arm.at("best");
    EXPECT_NE(text.find(rewards.value(best.at("reward"))), std::string::npos);
    EXPECT_NE(text.find(rewards.range({best.at("interval")[0], best.at("interval")[1]})),
              std::string::npos);
  }
  ASSERT_FALSE(snapshot.best.empty());
  for (const ordered_json& trial : snapshot.best)
    EXPECT_NE(text.find(trial.at("line").get<std::string>()), std::string::npos);
  EXPECT_NE(text.find(snapshot.study.at("comparison").get<std::string>()), std::string::npos);
  EXPECT_NE(text.find("failed, exception: "), std::string::npos) << text;
  for (const ordered_json& alarm : snapshot.study.at("alarms"))
    EXPECT_NE(text.find("Alarm: " + alarm.at("text").get<std::string>()), std::string::npos);
  EXPECT_NE(progress_line(snapshot).find("complete; ppo 40 of 40"), std::string::npos)
      << progress_line(snapshot);
}

TEST_P(TerminalPictures, FitIntoAnyTerminal) {
  const search::SearchSettings given = settings(20);
  search(given, true);
  dashboard::LiveStudy live("", given.store, given.study_file);
  live.refresh();
  const Snapshot snapshot = take_snapshot(live);
  for (const bool unicode : {false, true})
    for (const int columns : {1, 2, 19, 20, 21, 40, 80, 300})
      for (const int rows : {1, 2, 5, 9, 14, 24, 60, 100}) {
        const auto lines = draw_picture(snapshot, {columns, rows, unicode});
        EXPECT_LE(std::ssize(lines), rows) << columns;
        for (const Line& line : lines) {
          EXPECT_LE(display_width(plain(line)), columns) << rows;
          if (unicode) continue;
          for (const Span& span : line)
            for (const char c : span.text) EXPECT_GE(c, ' ') << span.text;
        }
        if (columns > 40) {
          EXPECT_NE(text_of(lines).find("complete"), std::string::npos);
        }
      }
}

TEST_P(TerminalPictures, OfAStudyOutOfReachStayWithALine) {
  const search::SearchSettings given = settings(10);
  search(given);
  dashboard::LiveStudy live("", given.store, given.study_file);
  live.refresh();
  const Snapshot before = take_snapshot(live);
  if (!given.store.empty()) return;  // a file can be taken away
  std::filesystem::rename(given.study_file, given.study_file + ".away");
  live.refresh();
  const Snapshot gone = take_snapshot(live, before);
  EXPECT_FALSE(has_ended(gone));
  const std::string text = text_of(draw_picture(gone, {300, 40, true}));
  EXPECT_NE(text.find("Out of reach: "), std::string::npos) << text;
  EXPECT_NE(text.find("best cells"), std::string::npos) << "what was known is shown";
  std::filesystem::rename(given.study_file + ".away", given.study_file);
  live.refresh();
  const Snapshot back = take_snapshot(live, gone);
  EXPECT_EQ(back.problem, "");
  EXPECT_EQ(draw_picture(back, {80, 24, true}), draw_picture(before, {80, 24, true}));
}

TEST(TimeToGo, IsTheNearestEnd) {
  ordered_json study = {{"state", "running"},
                        {"silent", false},
                        {"seconds", 100},
                        {"core_seconds", 360},
                        {"gpu_seconds", 0},
                        {"arms", {{{"finished", 10}, {"asked", 50}}}},
                        {"settings", {{"time", ""}, {"core_hours", 0}, {"gpu_hours", 0}}}};
  EXPECT_DOUBLE_EQ(seconds_to_go(study), 400);
  study["settings"]["time"] = "5m";
  EXPECT_DOUBLE_EQ(seconds_to_go(study), 200);
  study["settings"]["core_hours"] = 0.2;
  EXPECT_DOUBLE_EQ(seconds_to_go(study), 100);
  study["silent"] = true;
  EXPECT_LT(seconds_to_go(study), 0);
}

}  // namespace
}  // namespace nasnet::terminal
