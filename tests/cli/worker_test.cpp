#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class SlowWorker : public Searches {
 protected:
  /// Long enough for a worker to join.
  static Arguments search(const std::string& study, Flags changes = {}) {
    changes.insert({{"--trials", "8"},
                    {"--generation", "4"},
                    {"--minibatch", "4"},
                    {"--epochs", "4"},
                    {"--workers", "1"}});
    return Searches::search(study, changes);
  }
};

TEST_F(SlowWorker, JoinsASearchAndChangesNothing) {
  // Long enough for the worker to have read the data before all is done.
  const Flags longer = {{"--epochs", "60"}};
  const json alone = findings(run(search("alone.db", longer)));
  Process driver = start(search("shared.db", longer));
  wait_for("shared.db");
  const Outcome worker =
      run({"worker", "--study", "shared.db", "--workers", "1", "--json", "--patience", "60s"});
  EXPECT_EQ(worker.status, 0) << worker.err;
  EXPECT_EQ(last_json(worker).at("end"), "the study is complete");
  EXPECT_GT(last_json(worker).at("trials"), 0);
  const Outcome outcome = driver.wait(120);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(findings(outcome), alone);
}

TEST_F(SlowWorker, EndsWithTheBudgetAndGivesItsTrialBack) {
  Process driver = start(search(
      "s.db", {{"--trials", "1000"}, {"--launch", "elsewhere"}, {"--core-hours", "0.0005"}}));
  wait_for("s.db");
  Process worker = start({"worker", "--study", "s.db", "--workers", "1", "--json"});
  const Outcome outcome = driver.wait(120);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(last_json(outcome).at("ended_by"), "core-hours");
  const Outcome ended = worker.wait(30);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(last_json(ended).at("end"), "the study's budget is spent");
  EXPECT_EQ(count_rows(folder_ / "s.db", "trials WHERE state = 'running'"), 0);
  EXPECT_GT(count_rows(folder_ / "s.db", "trials WHERE state = 'pending'"), 0);
}

TEST_F(SlowWorker, ASearchThatIsRefusedLeavesNothingInAStudyThatAnotherOneBegins) {
  const int lock = ::open((folder_ / "s.db.lock").c_str(), O_RDWR | O_CREAT, 0644);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  expect_refused(run(search("s.db")), {"is being searched by another process"});
  EXPECT_EQ(count_rows(folder_ / "s.db", "study WHERE key = 'settings'"), 0);
  ::close(lock);
}

TEST_F(SlowWorker, IsRefusedWithOtherDataOrAnotherProgram) {
  ASSERT_EQ(run(search("s.db")).status, 0);
  write_colour_classes(folder_ / "other", 31);
  expect_refused(run({"worker", "--study", "s.db", "--data", "other"}),
                 {"other", "s.db", "--data"});
  expect_refused(run({"worker", "--study", "none.db"}), {"none.db", "nasnet search"});
  expect_refused(run({"worker"}), {"--study"});
  expect_refused(run({"worker", "--store", "postgresql://nobody@/x?host=/nowhere", "--study", "s",
                      "--patience", "1s"}),
                 {"postgresql://nobody@/x", "is the server running"});
}

TEST_F(SlowWorker, IsRefusedByAStudyOfAnotherProgram) {
  ASSERT_EQ(run(search("s.db")).status, 0);
  EXPECT_EQ(
      change_rows(folder_ / "s.db",
                  "UPDATE study SET value = json_set(value, '$.identity.training_code', 'older') "
                  "WHERE key = 'settings'"),
      1);
  expect_refused(run({"worker", "--study", "s.db"}), {"the code that trains children", "older"});
  expect_refused(run(search("s.db")), {"the code that trains children", "older"});
  EXPECT_EQ(run(search("s.db", {{"--other-program", ""}})).status, 0);
  EXPECT_EQ(run({"worker", "--study", "s.db"}).status, 0) << "workers are allowed to, too";
}

TEST_F(SlowWorker, LeavesAStudyWhoseSettingsItCannotReadAnyMore) {
  Process driver =
      start(search("s.db", {{"--trials", "1000"}, {"--epochs", "60"}, {"--launch", "elsewhere"}}));
  wait_for("s.db");
  Process worker = start({"worker", "--study", "s.db", "--workers", "1", "--json"});
  for (int i = 0; i < 600 && count_rows(folder_ / "s.db", "trials WHERE state = 'running'") == 0;
       ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(
      change_rows(folder_ / "s.db",
                  "UPDATE study SET value = json_set(value, '$.settings.quantum', 1) WHERE key = "
                  "'settings'"),
      1);
  expect_refused(worker.wait(60), {"s.db", "quantum", "another program", "given back"});
  EXPECT_EQ(count_rows(folder_ / "s.db", "trials WHERE state = 'running'"), 0);
  EXPECT_EQ(count_rows(folder_ / "s.db", "trials WHERE cause != ''"), 0);
  driver.signal(SIGINT);
  EXPECT_EQ(driver.wait(60).status, 130);
}

/// The worker goes on while the driver is away, and knows no limit; nothing that it finishes after
/// the study was resumed with one is taken for being within.
TEST_F(SlowWorker, FollowsALimitThatIsGivenWhileItWorks) {
  const auto random = [&](const std::string& study, const Flags& more) {
    Flags flags = {{"--trials", "16"},
                   {"--generation", "8"},
                   {"--lag", "2"},
                   {"--strategy", "random"},
                   {"--final-filters", "4"}};
    flags.insert(more.begin(), more.end());
    return search(study, flags);
  };
  const auto sizes = [](const json& object) {
    std::vector<double> sizes;
    for (const json& trial : object.at("trials"))
      sizes.push_back(trial.at("measurements").at("final_parameters"));
    return sizes;
  };
  std::vector<double> sorted = sizes(last_json(run(random("plain.db", {{"--epochs", "1"}}))));
  const std::vector<double> expected = sorted;
  std::sort(sorted.begin(), sorted.end());
  const double most = sorted.at(8);

  Flags longer = {{"--launch", "elsewhere"}, {"--epochs", "40"}};
  Process driver = start(random("s.db", longer));
  wait_for("s.db");
  Process worker = start({"worker", "--study", "s.db", "--workers", "1", "--patience", "60s"});
  wait_for("s.db", 2);
  driver.signal(SIGINT);
  ASSERT_EQ(driver.wait(60).status, 130);
  longer["--limit"] = "parameters=" + std::to_string(static_cast<int64_t>(most));
  const Outcome outcome = run(random("s.db", longer));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("the limits were none"), std::string::npos) << outcome.err;
  const json object = last_json(outcome);
  EXPECT_EQ(sizes(object), expected) << "the candidates of before, none is lost";
  for (const json& trial : object.at("trials"))
    EXPECT_EQ(trial.at("within_limits"), trial.at("measurements").at("final_parameters") <= most)
        << trial.at("number");
  for (const json& cell : object.at("best"))
    EXPECT_LE(cell.at("measurements").at("final_parameters"), most);
  EXPECT_EQ(worker.wait(60).status, 0);
}

TEST_F(SlowWorker, JoinsAStudyOfAnEarlierVersion) {
  ASSERT_EQ(run(search("s.db")).status, 0);
  // The whole program was a study's identity, and nobody named evaluators.
  EXPECT_EQ(
      change_rows(folder_ / "s.db",
                  "UPDATE study SET value = json_set(json_remove(value, '$.settings.evaluator', "
                  "'$.identity.training_code'), '$.identity.program', 'nasnet 0.2.0 0123') WHERE "
                  "key = 'settings'"),
      1);
  EXPECT_EQ(run({"worker", "--study", "s.db"}).status, 0);
  EXPECT_EQ(run(search("s.db", {{"--trials", "12"}})).status, 0);
}

TEST_F(SlowWorker, IsRefusedByAStudyThatItsDriverHasNotMigratedYet) {
  ASSERT_EQ(run(search("s.db")).status, 0);
  change_rows(folder_ / "s.db", "PRAGMA user_version = 2");
  expect_refused(run({"worker", "--study", "s.db"}),
                 {"s.db", "only its driver migrates it", "nasnet search", "then start workers"});
}

TEST_F(SlowWorker, IsRefusedOnAMachineOfAnotherKind) {
  ASSERT_EQ(run(search("s.db")).status, 0);
  EXPECT_EQ(change_rows(folder_ / "s.db", "UPDATE study SET value = 'cuda' WHERE key = 'machine'"),
            1);
  expect_refused(run({"worker", "--study", "s.db"}), {"s.db", "cuda", "--other-program"});
  expect_refused(run(search("s.db")), {"s.db", "cuda", "--other-program"});
}

/// True if this machine tells the energy that it uses: then nothing is refused.
bool has_energy_meter() {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/sys/class/powercap", none)) {
    int64_t number = -1;
    if (std::ifstream(entry.path() / "energy_uj") >> number) return true;
  }
  return false;
}

TEST_F(SlowWorker, IsRefusedWhereABudgetOfEnergyCannotBeMeasured) {
  if (has_energy_meter()) GTEST_SKIP() << "this machine measures its energy";
  expect_refused(run(search("s.db", {{"--energy", "2kWh"}})),
                 {"--energy", "/sys/class/powercap", "--core-hours"});
  EXPECT_FALSE(fs::exists(folder_ / "s.db"));
  // A driver needs no meter.
  Process driver = start(search("s.db", {{"--energy", "2kWh"}, {"--launch", "elsewhere"}}));
  wait_for("s.db");
  expect_refused(run({"worker", "--study", "s.db"}),
                 {"s.db", "--energy", "/sys/class/powercap", "--core-hours"});
  EXPECT_EQ(count_rows(folder_ / "s.db", "trials WHERE token > 0"), 0) << "it has claimed nothing";
  driver.signal(SIGINT);
  EXPECT_EQ(driver.wait(60).status, 130);
}

TEST_F(SlowWorker, WaitsWhileTheStudyIsDriven) {
  Process driver = start(search(
      "s.db", {{"--trials", "1"}, {"--epochs", "400"}, {"--no-baseline", ""}, {"--retrain", "1"}}));
  wait_for("s.db");
  // There is one trial, and the driver has it.
  const Outcome idle =
      run({"worker", "--study", "s.db", "--workers", "1", "--json", "--patience", "2s"});
  EXPECT_EQ(idle.status, 0) << idle.err;
  EXPECT_EQ(last_json(idle).at("end"), "the study is complete");
  EXPECT_EQ(driver.wait(120).status, 0);
}

TEST_F(SlowWorker, StudiesOfATableAreLookedUp) {
  const fs::path table = fs::path(NASNET_SOURCE_DIR) / "../shared/data/nasbench201.csv.zst";
  if (!fs::exists(table)) GTEST_SKIP() << "needs ../shared/data/nasbench201.csv.zst";
  const auto command = [&](const std::string& study) {
    return Arguments{"search",       "--space", "nasbench201", "--table", table.string(),
                     "--study",      study,     "--trials",    "60",      "--json",
                     "--first-rung", "12",      "--eta",       "4"};
  };
  const json object = last_json(run(command("t.db")));
  ASSERT_EQ(object.at("trials").size(), 60u);
  int to_the_end = 0;
  for (const json& trial : object["trials"]) {
    EXPECT_EQ(trial.at("state"), "done");
    EXPECT_TRUE(trial.at("genotype").get<std::string>().starts_with("|"));
    to_the_end += trial.at("measurements").at("epochs") == 200;
  }
  EXPECT_GE(to_the_end, 15);
  EXPECT_LT(to_the_end, 30);
  EXPECT_EQ(findings(run(command("u.db"))), findings(run(command("t.db"))));
  expect_refused(run({"search", "--space", "nasbench201", "--study", "v.db"}), {"--table FILE"});
  // Alarms are told while the search runs, not only at its end.
  Arguments narrow = command("n.db");
  std::erase(narrow, "--json");
  narrow.insert(narrow.end(), {"--controller-rate", "1", "--entropy-weight", "0"});
  EXPECT_NE(run(narrow).err.find("Alarm: the policy has collapsed"), std::string::npos);
  // A table compared with itself would agree.
  Arguments same = command("w.db");
  same.insert(same.end(), {"--sample", "10"});
  expect_refused(run(same), {"--sample", "c10v_valid_e12"});
  same.insert(same.end(), {"--table-reward", "c10v_valid_e12", "--seeds", "1"});
  const json judged = last_json(run(same));
  EXPECT_EQ(judged.at("sample").size(), 10u);
  EXPECT_LT(judged.at("findings").at("kendall").at("value"), 0.999);
  write_text(folder_ / "bad.csv", "arch,c10v_valid\n");
  expect_refused(run({"search", "--space", "nasbench201", "--study", "v.db", "--table", "bad.csv"}),
                 {"bad.csv"});
}

TEST_F(SlowWorker, TheBestAreTrainedAgainAndTheProxyIsJudged) {
  const json object =
      last_json(run(search("s.db", {{"--seeds", "2"}, {"--retrain", "2"}, {"--sample", "4"}})));
  EXPECT_EQ(object.at("retrain").size(), 8u);
  EXPECT_EQ(object.at("sample").size(), 4u);
  const json& findings = object.at("findings");
  for (const char* name : {"retrained_search", "retrained_baseline", "difference", "kendall"}) {
    const json& estimate = findings.at(name);
    EXPECT_LE(estimate.at("interval")[0], estimate.at("value")) << name;
    EXPECT_GE(estimate.at("interval")[1], estimate.at("value")) << name;
  }
}

}  // namespace
}  // namespace nasnet::test
