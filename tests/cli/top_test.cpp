#include <algorithm>
#include <fstream>

#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;

/// `nasnet top` in a terminal that a script plays, and without one.
class TopVerb : public Searches {
 protected:
  /// The study's numbers, as `search --json` has them.
  nlohmann::json finished(const std::string& study) const { return last_json(run(search(study))); }

  /// Runs `nasnet top ARGUMENTS` in a terminal of that size (COLUMNSxROWS); null without pyte.
  nlohmann::json play(const std::string& size, const Arguments& arguments, const Arguments& steps,
                      std::map<std::string, std::string> environment = {}) const {
    const fs::path python = fs::path(NASNET_SOURCE_DIR) / "build/oracles/bin/python";
    if (Process({python.string(), "-c", "import pyte"}, folder_.path()).wait().status != 0)
      return nullptr;
    Arguments command = {python.string(),
                         std::string(NASNET_SOURCE_DIR) + "/tests/cli/terminal/play.py", size,
                         nasnet_path(), "top"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.emplace_back("--");
    command.insert(command.end(), steps.begin(), steps.end());
    environment.try_emplace("TERM", "xterm-256color");
    environment.try_emplace("LC_ALL", "C.UTF-8");
    const Outcome outcome = Process(command, folder_.path(), environment).wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return last_json(outcome);
  }
};

#define SKIP_WITHOUT_PYTE(played) \
  if ((played).is_null()) GTEST_SKIP() << "Python's pyte is missing; scripts/oracles installs it"

std::string joined(const nlohmann::json& screen) {
  std::string text;
  for (const std::string line : screen) text += line + "\n";
  return text;
}

void expect_restored(const nlohmann::json& played, const std::string& how) {
  EXPECT_FALSE(played.at("running").get<bool>()) << how;
  for (const char* what : {"left", "cursor", "settings"})
    EXPECT_TRUE(played.at(what).get<bool>()) << how << ": " << what;
}

/// "80.00 %".
std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f %%", 100 * share);
  return text;
}

TEST_F(TopVerb, ShowsTheNumbersOfSearchAtAnySize) {
  const nlohmann::json numbers = finished("a.db");
  const nlohmann::json played = play(
      "100x30", {"a.db"},
      {"wait a.db", "screen", "resize 20x5", "screen", "resize 300x100", "screen", "key q", "end"},
      {{"COLUMNS", "50"}, {"LINES", "10"}});
  SKIP_WITHOUT_PYTE(played);
  const auto& screens = played.at("screens");
  ASSERT_EQ(screens.size(), 3u);
  for (const size_t large : {0u, 2u}) {
    const std::string text = joined(screens[large]);
    EXPECT_NE(text.find("12 of 12 trials"), std::string::npos) << text;
    EXPECT_NE(text.find("complete"), std::string::npos) << text;
    for (const char* arm : {"trials", "baseline"}) {
      double best = 0;
      for (const auto& trial : numbers.at(arm))
        if (!trial.at("reward").is_null()) best = std::max(best, trial.at("reward").get<double>());
      EXPECT_NE(text.find(percent(best)), std::string::npos) << arm << text;
    }
  }
  EXPECT_EQ(screens[1].size(), 5u);
  EXPECT_EQ(screens[1][0], "complete  a.db  ppo~");
  EXPECT_EQ(screens[2].size(), 100u);
  // The whole line of the best cell is there where there is room.
  EXPECT_NE(joined(screens[2]).find("reduction: "), std::string::npos);
  EXPECT_EQ(played.at("status"), 0);
  EXPECT_TRUE(played.at("colours").get<bool>());
  expect_restored(played, "q");
}

TEST_F(TopVerb, LeavesTheTerminalAsItWas) {
  finished("a.db");
  for (const auto& [end, status] : std::map<std::string, int>{{"key q", 0},
                                                              {"key \\x03", 0},
                                                              {"signal 15", 0},
                                                              {"signal 1", 0},
                                                              {"signal 11", -11},
                                                              {"signal 6", -6}}) {
    const nlohmann::json played = play("80x24", {"a.db"}, {"wait a.db", end, "end"});
    SKIP_WITHOUT_PYTE(played);
    EXPECT_EQ(played.at("entered"), 1) << end;
    EXPECT_EQ(played.at("status"), status) << end;
    expect_restored(played, end);
  }
}

TEST_F(TopVerb, GoesOnWhereAStudyComesBack) {
  finished("a.db");
  const nlohmann::json played =
      play("120x30", {"a.db"},
           {"wait complete", "run mv a.db b.db", "wait Out of reach", "screen", "run mv b.db a.db",
            "gone Out of reach", "screen", "key q", "end"});
  SKIP_WITHOUT_PYTE(played);
  EXPECT_NE(joined(played.at("screens")[0]).find("best cells"), std::string::npos);
  EXPECT_NE(joined(played.at("screens")[1]).find("complete"), std::string::npos);
  expect_restored(played, "q");
}

TEST_F(TopVerb, HonoursTheTerminalsWishes) {
  finished("a.db");
  const nlohmann::json plain =
      play("80x24", {"a.db"}, {"wait a.db", "key q", "end"}, {{"NO_COLOR", "1"}});
  SKIP_WITHOUT_PYTE(plain);
  EXPECT_FALSE(plain.at("colours").get<bool>());
  const nlohmann::json ascii =
      play("80x24", {"a.db"}, {"wait a.db", "screen", "key q", "end"}, {{"LC_ALL", "C"}});
  for (const char c : joined(ascii.at("screens")[0])) ASSERT_GE(c, '\n');
  EXPECT_NE(joined(ascii.at("screens")[0]).find("* ppo"), std::string::npos);
  const nlohmann::json dumb =
      play("200x24", {"a.db"}, {"wait a.db", "end", "screen"}, {{"TERM", "dumb"}});
  EXPECT_EQ(dumb.at("entered"), 0);
  EXPECT_NE(joined(dumb.at("screens")[0]).find("a.db: complete; ppo 6 of 6"), std::string::npos);
}

TEST_F(TopVerb, PrintsALinePerChangeWhereThereIsNoTerminal) {
  Process searching =
      start(search("a.db", {{"--trials", "60"}, {"--workers", "1"}, {"--filters", "8"}}));
  wait_for("a.db", 1);
  const Outcome lines = run({"top", "a.db"});
  EXPECT_EQ(searching.wait().status, 0);
  EXPECT_EQ(lines.status, 0) << lines.err;
  EXPECT_NE(lines.out.find("a.db: complete; ppo 60 of 60"), std::string::npos) << lines.out;
  EXPECT_EQ(lines.out.find('\x1b'), std::string::npos);
  const Outcome once = run({"top", "--study", "a.db", "--once"});
  EXPECT_NE(once.out.find("120 of 120 trials"), std::string::npos) << once.out;
  const nlohmann::json object = last_json(run({"top", "a.db", "--once", "--json"}));
  EXPECT_EQ(object.at("state"), "complete");
  EXPECT_EQ(object.at("arms")[0].at("finished"), 60);
}

TEST_F(TopVerb, RefusesWhatIsNoStudy) {
  write_text(folder_ / "notes.txt", "no study");
  expect_refused(run({"top", "notes.txt"}), {"notes.txt", "not a study"});
  expect_refused(run({"top", "nowhere.db"}), {"nowhere.db", "nasnet search"});
  expect_refused(run({"top", "a.db", "--study", "b.db"}), {"named twice"});
}

}  // namespace
}  // namespace nasnet::test
