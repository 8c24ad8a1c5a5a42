#include "nasnet/search/study.h"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/random.h"
#include "nasnet/search/worker_pool.h"
#include "tests/search/temporary.h"
#include "tests/search/toy_space.h"

namespace nasnet::search {
namespace {

class StudyTest : public WithFolder {
 protected:
  StudyTest() {
    settings_.trials = 60;
    settings_.generation = 8;
    settings_.ppo.minibatch = 8;
    settings_.ppo.hidden = 10;
  }
  StudyResult run(const std::string& name, Executor& executor) {
    Store store(file(name));
    return run_study(store, space_, settings_, 5, {}, executor);
  }
  StudyResult run_in_process(const std::string& name) {
    ToyEvaluator evaluator(space_);
    InProcessExecutor executor(evaluator);
    return run(name, executor);
  }

  ToySpace space_{2, 4};
  StudySettings settings_;
};

void expect_same(const std::vector<Trial>& a, const std::vector<Trial>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].number, b[i].number);
    EXPECT_EQ(a[i].choices, b[i].choices) << i;
    EXPECT_EQ(a[i].state, b[i].state) << i;
    EXPECT_EQ(a[i].reward, b[i].reward) << i;
    EXPECT_EQ(a[i].measurements, b[i].measurements) << i;
  }
}

void expect_same(const StudyResult& a, const StudyResult& b) {
  expect_same(a.search, b.search);
  expect_same(a.baseline, b.baseline);
}

/// Fails, or gives no number, where the trial's number says so.
class FaultyEvaluator : public Evaluator {
 public:
  Evaluation evaluate(const Task& task, const std::function<void(int64_t)>&) override {
    if (task.number % 4 == 1) throw Error("a cause\nof two lines");
    if (task.number % 4 == 2) return {std::nan(""), {}};
    if (task.number % 4 == 3) return {INFINITY, {}};
    return {0.5, {}};
  }
};

TEST_F(StudyTest, RunsBothArmsToTheEnd) {
  const StudyResult result = run_in_process("s.db");
  EXPECT_TRUE(result.complete);
  ASSERT_EQ(result.search.size(), 60u);
  ASSERT_EQ(result.baseline.size(), 60u);
  for (const Trial& trial : result.search) EXPECT_EQ(trial.state, TrialState::kDone);
  EXPECT_NE(result.search[30].choices, result.baseline[30].choices);
  const std::vector<Trial> best = best_trials(result.search, 3);
  ASSERT_EQ(best.size(), 3u);
  for (const Trial& trial : result.search) EXPECT_LE(trial.reward, best[0].reward);
  settings_.baseline = false;
  EXPECT_TRUE(run_in_process("t.db").baseline.empty());
  settings_.baseline = true;
  settings_.strategy = "random";
  EXPECT_TRUE(run_in_process("u.db").baseline.empty());
}

TEST_F(StudyTest, FinishedStudyIsReportedAgain) {
  const StudyResult first = run_in_process("s.db");
  expect_same(first, run_in_process("s.db"));
}

TEST_F(StudyTest, GrownBudgetEqualsTheLargerOneAtOnce) {
  const StudyResult whole = run_in_process("whole.db");
  for (const int64_t trials : {5, 13, 16, 41, 60}) {
    settings_.trials = trials;
    run_in_process("grown.db");
  }
  expect_same(whole, run_in_process("grown.db"));
}

TEST_F(StudyTest, WorkersDoNotChangeTheResult) {
  const StudyResult alone = run_in_process("s.db");
  for (const int workers : {1, 2, 5}) {
    WorkerPool pool({WORKER_STUB}, {{"how", ""}}, workers);
    expect_same(alone, run("w" + std::to_string(workers) + ".db", pool));
  }
}

TEST_F(StudyTest, FailedTrialsHaveACauseAndAreNeverTheBest) {
  FaultyEvaluator evaluator;
  InProcessExecutor executor(evaluator);
  const StudyResult result = run("s.db", executor);
  EXPECT_TRUE(result.complete);
  for (const Trial& trial : result.search) {
    if (trial.number % 4 == 0) {
      EXPECT_EQ(trial.state, TrialState::kDone);
      continue;
    }
    EXPECT_EQ(trial.state, TrialState::kFailed);
    EXPECT_EQ(trial.cause, trial.number % 4 == 1 ? "a cause" : "the reward is not a number");
  }
  for (const Trial& trial : best_trials(result.search, 100)) EXPECT_EQ(trial.reward, 0.5);
}

TEST_F(StudyTest, StopsWhereEverythingFails) {
  WorkerPool pool({WORKER_STUB}, {{"how", "throw"}}, 1);
  settings_.trials = 1;  // number 0 of both arms fails, and nothing else runs
  EXPECT_TRUE(run("few.db", pool).complete);

  class Hopeless : public Evaluator {
    Evaluation evaluate(const Task&, const std::function<void(int64_t)>&) override {
      throw Error("out of paper");
    }
  } hopeless;
  InProcessExecutor executor(hopeless);
  settings_.trials = 60;
  try {
    run("all.db", executor);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("out of paper"), std::string::npos);
  }
}

TEST_F(StudyTest, WorkerThatDiesIsTriedAgainAndTold) {
  settings_.trials = 8;
  for (const char* how : {"crash", "exit"}) {
    WorkerPool pool({WORKER_STUB}, {{"how", how}}, 2);
    const StudyResult result = run(std::string(how) + ".db", pool);
    for (const Trial& trial : result.search) {
      if (trial.number % 3 != 0) {
        EXPECT_EQ(trial.state, TrialState::kDone);
        continue;
      }
      EXPECT_EQ(trial.state, TrialState::kFailed);
      EXPECT_EQ(trial.attempts, 2);
      const std::string expected = how == std::string("crash")
                                       ? "killed by signal 9"
                                       : "exited with status 3: the stub gave up";
      EXPECT_NE(trial.cause.find(expected), std::string::npos) << trial.cause;
    }
  }
}

TEST_F(StudyTest, WorkerThatCannotStartIsAnError) {
  WorkerPool refused({WORKER_STUB}, {{"how", "refuse"}}, 2);
  EXPECT_THROW(run("a.db", refused), InputError);
  WorkerPool missing({"/nowhere/worker"}, {{"how", ""}}, 1);
  EXPECT_THROW(run("b.db", missing), Error);
}

TEST_F(StudyTest, TimeIsAHardBudget) {
  WorkerPool pool({WORKER_STUB}, {{"how", "sleep"}}, 2);
  Store store(file("s.db"));
  const StudyResult result = run_study(store, space_, settings_, 5, {0.5}, pool);
  EXPECT_FALSE(result.complete);
  EXPECT_LT(result.seconds, 100);
}

TEST_F(StudyTest, SettingsMustStayTheSame) {
  Store store(file("s.db"));
  settle_settings(store, {{"epochs", 2}, {"workers", 1}}, "abc", {"workers"});
  EXPECT_NO_THROW(settle_settings(store, {{"epochs", 2}, {"workers", 9}}, "abc", {"workers"}));
  EXPECT_THROW(settle_settings(store, {{"epochs", 2}, {"workers", 1}}, "abd", {"workers"}),
               InputError);
  try {
    settle_settings(store, {{"epochs", 3}, {"workers", 1}}, "abc", {"workers"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("epochs = 2, now it is 3"), std::string::npos);
  }
}

/// Runs the stub's whole study, and kills it after `microseconds`. True where it ended by itself.
bool run_and_kill(const std::string& file, int workers, int64_t microseconds) {
  const std::string count = std::to_string(workers);
  const pid_t process = fork();
  if (process == 0) {
    execl(WORKER_STUB, WORKER_STUB, file.c_str(), count.c_str(), "60", nullptr);
    _exit(127);
  }
  const auto start = std::chrono::steady_clock::now();
  int status = 0;
  while (waitpid(process, &status, WNOHANG) == 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    if (std::chrono::steady_clock::now() - start > std::chrono::microseconds(microseconds)) {
      kill(process, SIGKILL);
      waitpid(process, &status, 0);
      return false;
    }
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  return true;
}

TEST_F(StudyTest, KilledAtRandomMomentsLosesNothing) {
  const StudyResult undisturbed = run_in_process("s.db");
  Random random(7, 0, "moments");
  int kills = 0;
  for (int round = 0; round < 20; ++round) {
    const std::string name = "killed" + std::to_string(round) + ".db";
    while (!run_and_kill(file(name), 1 + round % 3, 3000 + random.below(90000))) ++kills;
    expect_same(undisturbed, run_in_process(name));
  }
  EXPECT_GE(kills, 20);
  RecordProperty("kills", kills);
}

}  // namespace
}  // namespace nasnet::search
