#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>

#include "nasnet/base/program.h"
#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Report : public Searches {
 protected:
  /// As a shell prints "74.80 %".
  static std::string percent(double share) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", 100 * share);
    return text;
  }
  /// The page's text by the parsers of check_page.py; none where they are not installed.
  std::optional<std::string> text_of(const std::string& page) const {
    const std::string python = std::string(NASNET_SOURCE_DIR) + "/build/oracles/bin/python";
    if (!fs::exists(python) || run_program({python, "-c", "import html5lib"}, 60).status != 0)
      return std::nullopt;
    const ProgramEnd end =
        run_program({python, std::string(NASNET_SOURCE_DIR) + "/tests/cli/report/check_page.py",
                     folder_ / page},
                    60);
    EXPECT_EQ(end.status, 0) << end.error;
    return end.output;
  }
  std::string page(const std::string& name) const { return read_text(folder_ / name); }
};

TEST_F(Report, HasTheNumbersOfTheSearch) {
  const json searched = last_json(run(search(
      "mine.db", {{"--seeds", "2"}, {"--retrain", "2"}, {"--sample", "4"}, {"--top", "2"}})));
  const std::string before = read_text(folder_ / "mine.db");
  json reported = last_json(run({"report", "mine.db", "--json"}));
  EXPECT_EQ(read_text(folder_ / "mine.db"), before) << "it only reads";
  EXPECT_EQ(reported.at("report"), "mine-report.html");
  EXPECT_EQ(reported.at("state"), "complete");
  for (const char* key :
       {"study", "seed", "complete", "core_seconds", "gpu_seconds", "joules", "seconds", "best",
        "findings", "alarms", "trials", "baseline", "retrain", "sample"})
    EXPECT_EQ(reported.at(key), searched.at(key)) << key;
  const auto text = text_of("mine-report.html");
  if (!text) GTEST_SKIP() << "html5lib is not there; scripts/oracles installs it";
  const auto expect = [&](const std::string& part) {
    EXPECT_NE(text->find(part), std::string::npos) << part << " in " << *text;
  };
  const json& best = searched.at("best").at(0);
  for (const json& trial : searched.at("trials"))
    if (trial.at("number") == best.at("number"))
      expect(percent(trial.at("reward")) + " % (95 % interval " +
             percent(trial.at("interval").at(0)) + " to " + percent(trial.at("interval").at(1)) +
             " %)");
  for (const char* name : {"retrained_search", "retrained_baseline", "difference"}) {
    const json& finding = searched.at("findings").at(name);
    expect(percent(finding.at("value")) + " % (" + percent(finding.at("interval").at(0)) + " to " +
           percent(finding.at("interval").at(1)) + " %)");
  }
  char tau[32];
  std::snprintf(tau, sizeof tau, "%.2f",
                searched.at("findings").at("kendall").at("value").get<double>());
  expect(std::string("Kendall's tau ") + tau);
  expect("--trials 6");
  expect("--seed 1");
  expect("digest of the data");
  // The same sentences as in the terminal.
  Arguments words = search("mine.db", {{"--seeds", "2"}, {"--retrain", "2"}, {"--sample", "4"}});
  words.erase(words.begin() + 1);
  const std::string printed = run(words).out;
  size_t shared = 0;
  for (const char* verdict :
       {"cannot be told apart: their intervals overlap.", "is above the best of", "0 among it.",
        "best cells are above", "best cells are below"})
    if (printed.find(verdict) != std::string::npos) {
      ++shared;
      expect(verdict);
    }
  EXPECT_GE(shared, 2u) << printed;
}

TEST_F(Report, EscapesEveryName) {
  const std::string evil = "<img src=x onerror=alert(1)>&\"'";
  fs::rename(folder_ / "data", folder_ / evil);
  fs::rename(folder_ / evil / "red", folder_ / evil / evil);
  ASSERT_EQ(run(search(evil + ".db", {{"--data", evil}})).status, 0);
  ASSERT_EQ(run({"report", evil + ".db"}).status, 0);
  const std::string html = page(evil + "-report.html");
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_NE(html.find("&lt;img src=x onerror=alert(1)&gt;"), std::string::npos);
  text_of(evil + "-report.html");
}

TEST_F(Report, TellsOfAStudyThatIsNotFinished) {
  Process running = start(search("slow.db", {{"--trials", "4000"}, {"--workers", "1"}}));
  wait_for("slow.db", 2);
  const json during = last_json(run({"report", "slow.db", "--json", "--out", "during.html"}));
  EXPECT_EQ(during.at("state"), "running");
  EXPECT_NE(page("during.html").find("The search is running: "), std::string::npos);
  expect_refused(run({"report", "slow.db", "--yardstick"}),
                 {"slow.db", "is being searched by another process"});
  EXPECT_TRUE(running.running()) << "a report disturbs nobody";
  running.signal(SIGKILL);
  running.wait();
  ASSERT_EQ(run({"report", "slow.db"}).status, 0);
  EXPECT_NE(page("slow-report.html").find("its driver has ended"), std::string::npos);
  text_of("slow-report.html");
}

TEST_F(Report, TellsOfFailuresAndOfAStudyWithoutAResult) {
  run(search("none.db", {{"--trial-time", "0.001s"}, {"--epochs", "100"}, {"--trials", "4"}}));
  const Outcome outcome = run({"report", "none.db"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string html = page("none-report.html");
  for (const char* part : {"there is no result", "time-out", "took longer than 0.001 s",
                           "raise --trial-time (now 0.001s)"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  text_of("none-report.html");
}

TEST_F(Report, RefusesWhatItCannotRead) {
  expect_refused(run({"report", "nowhere.db"}), {"nowhere.db"});
  EXPECT_FALSE(fs::exists(folder_ / "nowhere.db"));
  write_text(folder_ / "notes.txt",
             "no study at all, only some text that is long enough to be read");
  expect_refused(run({"report", "notes.txt"}), {"notes.txt"});
  write_text(folder_ / "empty.db", "");
  expect_refused(run({"report", "empty.db"}), {"empty.db"});
  ASSERT_EQ(run(search("mine.db")).status, 0);
  expect_refused(run({"report", "mine.db", "--study", "other.db"}), {"named twice", "--study"});
  expect_refused(run({"report", "mine.db", "--out", "none/there/mine.html/"}), {"mine.html"});
  expect_refused(run({"report", "mine.db", "--yardstick", "--yardstick-cells", "nasnet-z"}),
                 {"nasnet-z", "nasnet-a"});
  fs::copy(folder_ / "mine.db", folder_ / "newer.db");
  change_rows(folder_ / "newer.db", "PRAGMA user_version = 9999");
  expect_refused(run({"report", "newer.db"}), {"newer"});
  fs::copy(folder_ / "mine.db", folder_ / "damaged.db");
  change_rows(folder_ / "damaged.db", "UPDATE trials SET choices = '[1, 2'");
  expect_refused(run({"report", "damaged.db"}), {"damaged"});
}

TEST_F(Report, PrintsAPdfWithItsText) {
  const fs::path chromium = "/usr/bin/chromium";
  const std::string python = std::string(NASNET_SOURCE_DIR) + "/build/oracles/bin/python";
  if (!fs::exists(chromium) || !fs::exists(python) ||
      run_program({python, "-c", "import pypdf"}, 60).status != 0)
    GTEST_SKIP() << "Chromium or pypdf is not there; scripts/deps --test, scripts/oracles";
  ASSERT_EQ(run(search("mine.db")).status, 0);
  const fs::path temporary = folder_ / "tmp";
  fs::create_directory(temporary);
  Process process({nasnet_path(), "report", "mine.db", "--pdf", "mine.pdf", "--json"},
                  folder_.path(), {{"TMPDIR", temporary.string()}});
  const Outcome outcome = process.wait();
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(last_json(outcome).at("pdf"), "mine.pdf");
  EXPECT_TRUE(fs::is_empty(temporary)) << "the profile is gone";
  const ProgramEnd text = run_program(
      {python, "-c",
       "import pypdf, sys\nr = pypdf.PdfReader(sys.argv[1])\nb = r.pages[0].mediabox\n"
       "assert abs(b.width - 595) < 2 and abs(b.height - 842) < 2, b\n"
       "print(len(r.pages), ' '.join(' '.join(p.extract_text() for p in r.pages).split()))",
       folder_ / "mine.pdf"},
      60);
  EXPECT_EQ(text.status, 0) << text.error;
  for (const char* part :
       {"mine.db", "The search is complete", "Normal cell", "Limits", "--seed 1"})
    EXPECT_NE(text.output.find(part), std::string::npos) << part << " in " << text.output;
}

TEST_F(Report, NamesThePackageWhereChromiumIsNot) {
  ASSERT_EQ(run(search("mine.db")).status, 0);
  Process process({nasnet_path(), "report", "mine.db", "--pdf", "mine.pdf"}, folder_.path(),
                  {{"PATH", folder_.path().string()}});
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("install the package chromium"), std::string::npos) << outcome.err;
  EXPECT_TRUE(fs::exists(folder_ / "mine-report.html")) << "the page itself is there";
}

TEST_F(Report, TrainsAYardstickOnceByTheRecipeOfTheFinalists) {
  const Flags flags = {{"--seeds", "2"}, {"--retrain", "1"}, {"--trials", "4"}};
  const json before = last_json(run(search("mine.db", flags)));
  EXPECT_FALSE(before.contains("yardsticks"));
  const Arguments report = {"report", "mine.db", "--yardstick", "--json"};
  // Killed in its middle, and resumed.
  Process killed = start(report);
  for (int i = 0; i < 3000 && count_rows(folder_ / "mine.db", "trials WHERE arm = 'yardstick'") < 2;
       ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  killed.signal(SIGKILL);
  killed.wait();
  const json after = last_json(run(report));
  ASSERT_EQ(after.at("yardsticks").size(), 1u);
  const json& yardstick = after.at("yardsticks").at(0);
  EXPECT_EQ(yardstick.at("name"), "nasnet-a");
  ASSERT_EQ(yardstick.at("trials").size(), 2u);
  for (const json& trial : yardstick.at("trials")) {
    EXPECT_EQ(trial.at("state"), "done");
    EXPECT_EQ(trial.at("genotype").at("normal").at("blocks").size(), 5u)
        << "the study's own have two";
  }
  EXPECT_TRUE(after.at("findings").contains("yardsticks"));
  for (const char* same : {"trials", "baseline", "retrain", "core_seconds", "seconds", "complete"})
    EXPECT_EQ(after.at(same), before.at(same)) << same << " are not the yardstick's";
  EXPECT_EQ(last_json(run(report)), after) << "it is trained once";
  EXPECT_EQ(last_json(run(search("mine.db", flags))).at("yardsticks"), after.at("yardsticks"));
  EXPECT_NE(page("mine-report.html").find("yardstick nasnet-a"), std::string::npos);

  // An uninterrupted one comes to the same, and others stand beside it.
  run(search("other.db", flags));
  run({"report", "other.db", "--yardstick", "--workers", "1"});
  const json other = last_json(
      run({"report", "other.db", "--yardstick", "--yardstick-cells", "darts-v2", "--json"}));
  ASSERT_EQ(other.at("yardsticks").size(), 2u);
  for (size_t i = 0; i < 2; ++i)
    EXPECT_EQ(other.at("yardsticks").at(0).at("trials").at(i).at("reward"),
              yardstick.at("trials").at(i).at("reward"));
  EXPECT_EQ(other.at("yardsticks").at(1).at("name"), "darts-v2");
}

TEST_F(Report, TrainsAYardstickAsAChildWhereNothingIsTrainedAgain) {
  // Half of the search's trials still wait; the yardstick leaves them to it.
  const Flags flags = {{"--trials", "6"}, {"--core-hours", "0.00001"}, {"--workers", "1"}};
  run(search("mine.db", flags));
  const int pending = count_rows(folder_ / "mine.db", "trials WHERE state = 'pending'");
  ASSERT_GT(pending, 0);
  const json after = last_json(run({"report", "mine.db", "--yardstick", "--json"}));
  ASSERT_EQ(after.at("yardsticks").at(0).at("trials").size(), 1u);
  EXPECT_EQ(after.at("state"), "spent");
  EXPECT_EQ(after.at("ended_by"), "core-hours");
  EXPECT_EQ(count_rows(folder_ / "mine.db", "trials WHERE state = 'held'"), pending);
  const std::string html = page("mine-report.html");
  EXPECT_NE(html.find("flattered by having been chosen; the yardstick was not"), std::string::npos);
  EXPECT_NE(html.find("The budget of core-hours is spent"), std::string::npos);
  Flags more = flags;
  more["--core-hours"] = "1";
  const json resumed = last_json(run(search("mine.db", more)));
  EXPECT_TRUE(resumed.at("complete").get<bool>());
  EXPECT_EQ(findings(run(search("mine.db", more))),
            findings(run(search("alone.db", {{"--trials", "6"}}))));
}

TEST_F(Report, HasNoYardstickWhereNothingIsTrained) {
  Arguments table = {"search",   "--space", "nasbench201", "--table", "/none.csv",
                     "--trials", "4",       "--study",     "t.db"};
  EXPECT_NE(run(table).status, 0);
  const fs::path shared = fs::path(NASNET_SOURCE_DIR) / "../shared/data/nasbench201.csv.zst";
  if (!fs::exists(shared)) GTEST_SKIP() << "needs ../shared/data/nasbench201.csv.zst";
  table[4] = shared.string();
  ASSERT_EQ(run(table).status, 0);
  expect_refused(run({"report", "t.db", "--yardstick"}), {"--yardstick", "table"});
  ASSERT_EQ(run({"report", "t.db"}).status, 0);
  text_of("t-report.html");
}

}  // namespace
}  // namespace nasnet::test
