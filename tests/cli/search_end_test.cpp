#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "nasnet/base/program.h"
#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;

/// How searches end that have found nothing, that lose their study, or that are only looked at.
class SearchEnd : public Searches {
 protected:
  static Flags slow(const std::string& trials) {
    return {{"--epochs", "100"}, {"--trials", trials}};
  }
  /// The same where every trial takes too long.
  static Flags hopeless(const std::string& trials) {
    Flags flags = slow(trials);
    flags["--trial-time"] = "0.001s";
    return flags;
  }
  static void expect_error(const Outcome& outcome, const std::vector<std::string>& parts) {
    EXPECT_EQ(outcome.status, 2);
    EXPECT_TRUE(outcome.err.starts_with("nasnet: ")) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    for (const std::string& part : parts)
      EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in " << outcome.err;
  }
  static std::vector<std::string> states(const Outcome& outcome) {
    std::vector<std::string> states;
    const nlohmann::json result = last_json(outcome);
    for (const nlohmann::json& trial : result.at("trials")) states.push_back(trial.at("state"));
    return states;
  }
};

TEST_F(SearchEnd, WhereAllTrialsFailedSaysWhatToChange) {
  const Outcome outcome = run(search("s.db", hopeless("4")));
  expect_error(outcome, {"all 8 trials failed", "8 took too long", "took longer than 0.001 s",
                         "raise --trial-time (now 0.001s)", "--retry-failed"});
  EXPECT_EQ(states(outcome), std::vector<std::string>(4, "failed")) << "the JSON is there still";
  const Outcome again = run(search("s.db", hopeless("4")));
  expect_error(again, {"--trial-time"});
}

TEST_F(SearchEnd, WhereTheFirstTrialsAllFailSaysSoToo) {
  expect_error(run(search("s.db", hopeless("40"))),
               {"the first 5 trials of this run all failed", "raise --trial-time (now 0.001s)"});
}

TEST_F(SearchEnd, FailedTrialsRunAgainWhenAskedAndNothingElseChanges) {
  const Outcome never_failed = run(search("a.db", slow("4")));
  for (const std::string workers : {"1", "3"}) {
    const std::string study = "b" + workers + ".db";
    const Outcome failed = run(search(study, hopeless("4")));
    Flags again = slow("4");
    again["--workers"] = workers;
    again["--retry-failed"] = "";
    const Outcome mended = run(search(study, again));
    EXPECT_EQ(mended.status, 0) << mended.err;
    EXPECT_EQ(states(mended), std::vector<std::string>(4, "done"));
    const auto genotypes = [](const Outcome& outcome) {
      std::vector<nlohmann::json> list;
      const nlohmann::json result = last_json(outcome);
      for (const nlohmann::json& trial : result.at("trials")) list.push_back(trial.at("genotype"));
      return list;
    };
    EXPECT_EQ(genotypes(mended), genotypes(failed)) << "what was proposed stays";
    // Two generations were proposed before a failure could be learned from.
    EXPECT_EQ(findings(mended), findings(never_failed));
    EXPECT_EQ(findings(run(search(study, slow("4")))), findings(mended));
  }
}

TEST_F(SearchEnd, WhereTimeIsSpentBeforeATrialIsDoneSaysSo) {
  const Flags hurried = {{"--time", "0.01s"}};
  for (int run_number = 0; run_number < 2; ++run_number)
    expect_error(run(search("s.db", hurried)),
                 {"the budget of time (--time 0.01s, ", "give a larger --time"});
  EXPECT_EQ(run(search("s.db", {{"--time", "10m"}})).status, 0);
}

TEST_F(SearchEnd, NoMoreWorkersStartThanThereAreTrials) {
  Process process = start(search("s.db", {{"--trials", "1"},
                                          {"--workers", "6"},
                                          {"--no-baseline", ""},
                                          {"--generation", "1"},
                                          {"--epochs", "3"}}));
  size_t most = 0;
  while (process.running()) {
    size_t now = 0;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string command = read_text(entry.path() / "cmdline");
      std::error_code ignored;
      now += command.find("trial-worker") != std::string::npos &&
             fs::read_symlink(entry.path() / "cwd", ignored) == folder_.path();
    }
    most = std::max(most, now);
    ::usleep(5000);
  }
  EXPECT_EQ(process.wait().status, 0);
  EXPECT_EQ(most, 1u);
}

class LostStudy : public SearchEnd, public testing::WithParamInterface<std::string> {};

TEST_P(LostStudy, EndsTheSearchWithAnError) {
  Process process = start(search("kept/s.db", {{"--trials", "400"}, {"--epochs", "5"}}));
  wait_for("kept/s.db");
  ASSERT_TRUE(process.running());
  const std::string how = GetParam();
  const fs::path study = folder_ / "kept/s.db";
  if (how == "deleted") fs::remove(study);
  if (how == "replaced") {
    fs::copy_file(study, folder_ / "other.db");
    fs::rename(folder_ / "other.db", study);
  }
  if (how == "without its folder") fs::remove_all(folder_ / "kept");
  expect_error(process.wait(30), {"kept/s.db", how == "replaced" ? "replaced" : "deleted"});
}

INSTANTIATE_TEST_SUITE_P(, LostStudy, testing::Values("deleted", "replaced", "without its folder"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name)
                             if (c == ' ') c = '_';
                           return name;
                         });

TEST_F(SearchEnd, OfAFinishedStudyThatCannotBeWrittenToIsShown) {
  const Outcome made = run(search("kept/s.db"));
  ASSERT_EQ(made.status, 0) << made.err;
  fs::permissions(folder_ / "kept/s.db", fs::perms(0444));
  fs::permissions(folder_ / "kept", fs::perms(0555));
  fs::permissions(folder_.path(), fs::perms(0755));
  std::vector<std::string> command = {nasnet_path(), "search", "--study", "kept/s.db", "--json"};
  if (::geteuid() == 0) {
    // For root nothing is read-only.
    if (find_program("setpriv").empty()) GTEST_SKIP() << "no setpriv here";
    command.insert(command.begin(), {"setpriv", "--reuid", "65534", "--clear-groups"});
    if (Process({"setpriv", "--reuid", "65534", "--clear-groups", nasnet_path(), "--version"}, "/")
            .wait()
            .status != 0)
      GTEST_SKIP() << "nobody but root can read this build";
  }
  const auto before = folder_.files();
  const Outcome shown = Process(command, folder_.path()).wait();
  EXPECT_EQ(shown.status, 0) << shown.err;
  EXPECT_NE(shown.err.find("kept/s.db: its file or its folder is read-only; it is shown as it is"),
            std::string::npos);
  EXPECT_EQ(findings(shown), findings(made));
  command.pop_back();
  const Outcome report = Process(command, folder_.path()).wait();
  EXPECT_NE(report.out.find("The best cells found"), std::string::npos) << report.err;
  command.insert(command.end(), {"--epochs", "9"});
  expect_refused(Process(command, folder_.path()).wait(), {"kept/s.db was made with epochs = 1"});
  EXPECT_EQ(folder_.files(), before);
  fs::permissions(folder_ / "kept", fs::perms(0755));
}

TEST_F(SearchEnd, SuggestsCommandsThatAShellUnderstands) {
  fs::rename(folder_ / "data", folder_ / "my 'best' data");
  Arguments arguments = search("-my study.db", {{"--data", "my 'best' data"}, {"--trials", "1"}});
  arguments.erase(std::find(arguments.begin(), arguments.end(), "--json"));
  // A flag's value may begin with a dash after an equals sign only.
  const auto at = std::find(arguments.begin(), arguments.end(), "--study");
  arguments.erase(at, at + 2);
  arguments.push_back("--study=-my study.db");
  const Outcome outcome = run(arguments);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const size_t next = outcome.out.find("Next, train the best cell:\n  ");
  ASSERT_NE(next, std::string::npos) << outcome.out;
  std::string command = outcome.out.substr(outcome.out.find("\n  ", next) + 3);
  command = command.substr(0, command.find('\n'));
  EXPECT_NE(command.find(R"('my '\''best'\'' data')"), std::string::npos) << command;
  EXPECT_NE(command.find("'./-my study-cells/best-1.json'"), std::string::npos) << command;
  const Outcome trained =
      Process({"bash", "-c", command + " '--out=-my model'"}, folder_.path()).wait();
  EXPECT_EQ(trained.status, 0) << trained.err;
  EXPECT_NE(trained.out.find(" predict './-my model' IMAGE..."), std::string::npos) << trained.out;
}

}  // namespace
}  // namespace nasnet::test
