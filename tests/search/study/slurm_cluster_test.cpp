#include "tests/search/study/slurm_cluster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
#include "nasnet/search/study/read_study.h"
#include "nasnet/search/workers/slurm_launcher.h"
#include "tests/search/store/stores.h"
#include "tests/search/study/slurm_study.h"

namespace nasnet::search {
namespace {

/// A study in PostgreSQL that this process drives, and whose workers are jobs of a real Slurm of
/// three nodes.
class SlowSlurm : public WithFolder {
 protected:
  void SetUp() override {
    if (!SlurmCluster::is_installed())
      GTEST_SKIP() << "Slurm or munge is not installed (scripts/deps --test)";
    if (!shared_postgres()) GTEST_SKIP() << "PostgreSQL is not installed (scripts/deps --test)";
    cluster_ = std::make_unique<SlurmCluster>(3);
    ::setenv("NASNET_TEST_SLURM", file("slurm").c_str(), 1);
    store_ = open_store(url(), study_, OpenMode::kDrive, 30);
  }
  void TearDown() override { cluster_.reset(); }

  static std::string url() { return shared_postgres()->url(); }
  std::vector<std::string> worker() const { return slurm_worker(url(), study_); }
  std::unique_ptr<SlurmLauncher> launcher(SlurmSettings settings,
                                          const std::vector<std::string>& command) {
    return std::make_unique<SlurmLauncher>(*store_, std::move(settings), command, slurm_folder(),
                                           test_patience());
  }
  nlohmann::json note() { return nlohmann::json::parse(store_->note("slurm")); }

  /// Drives the study to its end; `beside` is called with the number of trials that are done.
  StudyResult drive(SlurmLauncher& launcher, const std::function<void(int64_t)>& beside) {
    int64_t done = 0;
    const StudyResult result = run_study(*store_, slurm_spec(space_), {},
                                         {nullptr,
                                          [&] {
                                            launcher.tend();
                                            beside(done);
                                          }},
                                         [&](const StudyStatus& status) {
                                           done = status.finished;
                                           launcher.expect(status.total - status.finished);
                                         });
    launcher.stop();
    return result;
  }
  StudyResult undisturbed() {
    ToyEvaluator evaluator(space_);
    InProcessRunner runner(evaluator, 16);
    const auto store = open_store("", file("undisturbed.db"), OpenMode::kDrive);
    return run_study(*store, slurm_spec(space_), {}, {&runner, {}});
  }

  /// The jobs of the study, as this test asks for them.
  std::vector<SlurmTask> tasks() {
    return parse_queue(SlurmCluster::run(squeue_words(note().at("name"))));
  }
  std::vector<SlurmTask> running() {
    std::vector<SlurmTask> all = tasks();
    std::erase_if(all, [](const SlurmTask& task) { return !task.runs(); });
    return all;
  }
  int restarts(const std::string& id) {
    const std::string text = SlurmCluster::run({"scontrol", "show", "job", id});
    const size_t place = text.find("Restarts=");
    return place == std::string::npos ? -1 : std::atoi(text.c_str() + place + 9);
  }
  /// A trial in work whose worker runs on that node; its number is -1 where there is none.
  std::pair<std::string, TrialStatus> trial_on(int node) {
    for (const char* arm : {kSearchArm, kBaselineArm})
      for (const TrialStatus& status : store_->statuses(arm, 0, INT64_MAX)) {
        if (status.state != TrialState::kRunning) continue;
        if (cluster_->node_of(static_cast<int>(status.owner.process.number)) == node)
          return {arm, status};
      }
    return {"", {-1}};
  }
  void expect_no_jobs() {
    for (const SlurmTask& task : tasks())
      EXPECT_TRUE(!task.lives() || task.state == "COMPLETING") << task.id << " " << task.state;
  }

  const std::string test_ = testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string study_ = "slurm_" + std::to_string(hash64(test_));  // the database is shared
  ToySpace space_{2, 4};
  std::unique_ptr<SlurmCluster> cluster_;
  std::unique_ptr<Store> store_;
};

TEST_F(SlowSlurm, ANodeThatDiesInMidSearchChangesNothing) {
  const auto jobs = launcher({.jobs = 2}, worker());
  std::string killed;
  int64_t at = 0;
  const StudyResult result = drive(*jobs, [&](int64_t done) {
    const std::vector<SlurmTask> there = running();
    if (!killed.empty() || done < 8 || there.size() < 2) return;
    const int node = there[0].node.back() - '0';
    if (trial_on(node).second.number < 0) return;
    cluster_->kill_node(node);
    killed = there[0].id;
    at = done;
  });
  EXPECT_TRUE(result.complete);
  ASSERT_FALSE(killed.empty());
  EXPECT_GE(at, 8);
  EXPECT_LT(at, 100);
  expect_same(undisturbed(), result);
  // Slurm has queued the job again, on a node that lives, and no second one was submitted for it.
  EXPECT_EQ(restarts(killed), 1);
  EXPECT_EQ(note().at("jobs").size(), 1);
  EXPECT_EQ(tasks().size(), 2);
  expect_no_jobs();
  // The trial of the killed worker has been noted, and evaluated again.
  int killed_attempts = 0;
  for (const auto* trials : {&result.search, &result.baseline})
    for (const Trial& trial : *trials) {
      const auto found = trial.failures.find(to_text(Cause::kKilled));
      if (found != trial.failures.end()) killed_attempts += found->second;
    }
  EXPECT_EQ(killed_attempts, 1);
}

TEST_F(SlowSlurm, AWorkerThatSlurmHasGivenUpCannotWriteWhenItGoesOn) {
  ::setenv("NASNET_STUB_MARK", file("stale").c_str(), 1);
  const auto jobs = launcher({.jobs = 2}, worker());
  int node = 0;
  std::vector<pid_t> stopped;
  std::string arm;
  TrialStatus held;
  bool goes_on = false;
  auto stopped_at = std::chrono::steady_clock::now();
  const StudyResult result = drive(*jobs, [&](int64_t done) {
    if (node == 0) {
      const std::vector<SlurmTask> there = running();
      if (done < 8 || there.size() < 2) return;
      // Slurm believes the node dead, while its worker is only slow: the notorious double run.
      node = there[0].node.back() - '0';
      cluster_->kill_daemons(node);
    }
    if (stopped.empty()) {
      stopped = cluster_->processes_on(node);
      for (const pid_t process : stopped) ::kill(process, SIGSTOP);
      stopped_at = std::chrono::steady_clock::now();
      std::tie(arm, held) = trial_on(node);
      const bool amidst = std::ranges::any_of(stopped, [&](pid_t process) {
        return std::filesystem::exists(file("stale." + std::to_string(process)));
      });
      if (held.number >= 0 && amidst) return;
      for (const pid_t process : stopped) ::kill(process, SIGCONT);  // it was between two trials
      stopped.clear();
    } else if (!goes_on) {
      const TrialStatus now = store_->statuses(arm, held.number, held.number + 1).at(0);
      if (now.state == TrialState::kRunning && now.token == held.token) return;
      // A worker that was stopped in mid-trial notices by the clock (see worker_stub).
      std::this_thread::sleep_until(stopped_at + 4 * kSlowTrial + std::chrono::seconds(2));
      // The process that evaluates first, so that its result is there when its crew wakes up.
      for (const pid_t process : stopped)
        if (process != stopped[0]) ::kill(process, SIGCONT);
      for (int k = 0; k < 200 && !std::filesystem::exists(file("stale")); ++k)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      ::kill(stopped[0], SIGCONT);
      goes_on = std::filesystem::exists(file("stale"));
    }
  });
  ::unsetenv("NASNET_STUB_MARK");
  EXPECT_TRUE(result.complete);
  expect_same(undisturbed(), result);
  // The worker has gone on, and has come to a result, which would differ.
  ASSERT_TRUE(goes_on);
  const TrialStatus now = store_->statuses(arm, held.number, held.number + 1).at(0);
  EXPECT_GT(now.token, held.token);
  Trial wrong = store_->trials(arm, held.number, held.number + 1).at(0);
  wrong.reward = -1;
  EXPECT_FALSE(store_->finish({{wrong, held.token}}).at(0));
}

TEST_F(SlowSlurm, WhatEndsIsReplacedAndGivesItsTrialsBack) {
  const auto jobs = launcher({.jobs = 3}, worker());
  int ended = 0;
  const StudyResult result = drive(*jobs, [&](int64_t done) {
    const std::vector<SlurmTask> there = running();
    if (there.size() < 3 || done < 8 * (ended + 1) || ended == 2) return;
    const int node = there[0].node.back() - '0';
    if (trial_on(node).second.number < 0) return;
    if (ended++ == 0) {
      SlurmCluster::run({"scancel", there[0].id});  // SIGTERM to all its processes
    } else {                                        // what --signal=B:TERM@60 does
      SlurmCluster::run({"scancel", "--batch", "--signal=TERM", there[0].id});
    }
  });
  EXPECT_EQ(ended, 2);
  EXPECT_TRUE(result.complete);
  expect_same(undisturbed(), result);
  EXPECT_EQ(tasks().size(), 5);
  expect_no_jobs();
  for (const auto* trials : {&result.search, &result.baseline})
    for (const Trial& trial : *trials) EXPECT_TRUE(trial.failures.empty()) << trial.message;
}

TEST_F(SlowSlurm, ADriverStartedAgainGoesOnWithTheJobs) {
  const auto start = [&] {
    const std::string store = url();
    const pid_t process = ::fork();
    if (process == 0) {
      ::execl(WORKER_STUB, WORKER_STUB, "launch", store.c_str(), study_.c_str(), "2", nullptr);
      ::_exit(127);
    }
    return process;
  };
  const auto done = [&] { return store_->best(kSearchArm, 1000).size(); };
  pid_t driver = start();
  for (int k = 0; k < 600 && done() < 8; ++k)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ::kill(driver, SIGKILL);
  ::waitpid(driver, nullptr, 0);
  const std::vector<SlurmTask> before = running();
  EXPECT_EQ(before.size(), 2);
  const nlohmann::json noted = note();

  driver = start();
  int status = -1;
  ::waitpid(driver, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(note(), noted);
  EXPECT_EQ(tasks().size(), 2);
  expect_no_jobs();
  StudyResult result = read_study(*store_, slurm_spec(space_));
  expect_same(undisturbed(), result);
}

TEST_F(SlowSlurm, WaitsForAControllerThatComesBack) {
  const auto jobs = launcher({.jobs = 1}, worker());
  // As the driver does, for at most so many seconds.
  const auto tend = [&](int seconds, const std::function<bool()>& reached) {
    for (int k = 0; k < 10 * seconds; ++k) {
      jobs->tend();
      if (reached()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  };
  ASSERT_TRUE(tend(20, [&] { return jobs->status() == "1 of 1 jobs run"; })) << jobs->status();
  const std::string first = running().at(0).id;
  cluster_->kill_controller();
  tend(15, [] { return false; });
  EXPECT_EQ(jobs->status(), "1 of 1 jobs run") << "as far as is known";
  cluster_->start_controller();
  SlurmCluster::run({"scancel", first});
  const auto is_replaced = [&] {
    return jobs->status() == "1 of 1 jobs run" && tasks().size() == 2;
  };
  ASSERT_TRUE(tend(30, is_replaced)) << jobs->status();
  jobs->stop();
  expect_no_jobs();
}

TEST_F(SlowSlurm, ATimeLimitEndsAWorkerInGoodOrder) {
  // Slurm counts in minutes: the worker is told at once, or nearly so.
  const auto jobs = launcher({.jobs = 1, .slurm_time = "1"}, worker());
  std::vector<SlurmTask> all;
  for (int k = 0; k < 700 && all.size() < 2; ++k) {
    jobs->tend();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    all = tasks();
  }
  ASSERT_EQ(all.size(), 2) << jobs->status();
  jobs->stop();
  for (const SlurmTask& task : tasks()) {
    if (!task.id.starts_with("1_")) continue;
    EXPECT_TRUE(task.ended_itself()) << task.state;
    EXPECT_LT(task.seconds, 60);
  }
}

TEST_F(SlowSlurm, TellsInOneLineWhyThereAreNoWorkers) {
  const auto message = [&](SlurmSettings settings, const std::vector<std::string>& command) {
    try {
      const auto jobs = launcher(std::move(settings), command);
      for (int k = 0; k < 300; ++k) {
        jobs->tend();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message({.partition = "nowhere"}, worker()),
            "Slurm refuses the jobs: sbatch: error: invalid partition specified: nowhere; sbatch: "
            "error: Batch job submission failed: Invalid partition name specified");
  EXPECT_EQ(message({.slurm_time = "soon"}, worker()),
            "Slurm refuses the jobs: sbatch: error: Invalid --time specification");
  EXPECT_TRUE(running().empty());

  const std::string dies = message({}, {"/bin/sh", "-c", "echo no such data set; exit 3"});
  EXPECT_TRUE(
      dies.starts_with("Slurm's jobs end at once, 4 times one after another; the last one,"))
      << dies;
  EXPECT_NE(dies.find("FAILED (NonZeroExitCode)"), std::string::npos) << dies;
  EXPECT_TRUE(dies.ends_with(".log ends: no such data set")) << dies;
  EXPECT_EQ(lines_of(dies).size(), 1);
  EXPECT_EQ(tasks().size(), 4);

  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  EXPECT_EQ(message({}, worker()),
            "--launch slurm needs Slurm's command sbatch, which is not in PATH; run this on a "
            "machine of the cluster");
  ::setenv("PATH", path.c_str(), 1);
  cluster_->kill_controller();
  EXPECT_EQ(message({}, worker()),
            "Slurm does not answer squeue: slurm_load_jobs error: Unable to contact slurm "
            "controller (connect failure)");
}

}  // namespace
}  // namespace nasnet::search
