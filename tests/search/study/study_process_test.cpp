#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/process_id.h"
#include "nasnet/base/random.h"
#include "nasnet/search/workers/worker_pool.h"
#include "tests/search/study/search_cases.h"

namespace nasnet::search {
namespace {

/// Studies whose children are processes.
class StudyProcesses : public ToyStudies {};
NASNET_ON_BOTH_STORES(StudyProcesses);

TEST_P(StudyProcesses, WorkersDoNotChangeTheResult) {
  const StudyResult alone = run_in_process("s");
  for (const int workers : {1, 2, 8}) {
    WorkerPool pool({WORKER_STUB}, {{"how", ""}}, workers);
    expect_same(alone, run("w" + std::to_string(workers), pool));
  }
}

/// Candidates, rewards, measurements, their order, and the strategies as they are stored.
TEST_P(StudyProcesses, WorkersDoNotChangeWhatIsFoundByGoalsLimitsAndScreens) {
  for (const SearchCase& of : search_cases()) {
    if (of.name == "plain") continue;
    SCOPED_TRACE(of.name);
    const auto evaluator = evaluator_of(of, space_);
    InProcessRunner runner(*evaluator, 16);
    const auto alone = open(of.name);
    const StudyResult expected = run_study(*alone, spec_of(of, space_), {}, {&runner, {}});
    ASSERT_EQ(expected.search.size(), 40u);
    for (const int workers : {1, 2, 8}) {
      WorkerPool pool({WORKER_STUB}, {{"how", ""}, {"case", of.name}}, workers);
      const auto store = open(of.name + std::to_string(workers));
      expect_same(expected, run_study(*store, spec_of(of, space_), {}, {&pool, {}}));
      expect_same_states(*alone, *store);
    }
  }
}

TEST_P(StudyProcesses, AFewFailuresDoNotStopIt) {
  WorkerPool pool({WORKER_STUB}, {{"how", "throw"}}, 1);
  settings_.trials = 1;  // number 0 of both arms fails, and nothing else runs
  EXPECT_TRUE(run("few", pool).complete);
}

TEST_P(StudyProcesses, AWorkerThatDiesIsTriedAgainAndTold) {
  settings_.trials = 8;
  settings_.retry.killed = 1;
  for (const char* how : {"crash", "exit"}) {
    WorkerPool pool({WORKER_STUB}, {{"how", how}}, 2);
    const StudyResult result = run(how, pool);
    for (const Trial& trial : result.search) {
      if (trial.number % 3 != 0) {
        EXPECT_EQ(trial.state, TrialState::kDone);
        continue;
      }
      EXPECT_EQ(trial.state, TrialState::kFailed);
      EXPECT_EQ(trial.cause, Cause::kKilled);
      EXPECT_EQ(trial.failures.at("killed"), 2);
      const std::string expected = how == std::string("crash")
                                       ? "killed by signal 9"
                                       : "exited with status 3: the stub gave up";
      EXPECT_NE(trial.message.find(expected), std::string::npos) << trial.message;
      const std::string log = open(how)->trace(kSearchArm, trial.number).log;
      EXPECT_EQ(log, how == std::string("exit") ? "the stub gave up" : "");
    }
  }
}

TEST_P(StudyProcesses, WhatAnAttemptHasCostUntilItDiedIsCounted) {
  settings_.trials = 1;
  settings_.retry.killed = 1;
  WorkerPool pool({WORKER_STUB}, {{"how", "die late"}}, 1);
  const StudyResult result = run("s", pool);
  // Two attempts of half a second; what came after the last word of each is not known.
  EXPECT_EQ(result.search[0].failures.at("killed"), 2);
  EXPECT_GT(result.search[0].cost.gpu_seconds, 0.4);
  EXPECT_GT(result.search[0].cost.core_seconds, 0);
}

TEST_P(StudyProcesses, AGpuThatIsSharedIsCountedInParts) {
  settings_.trials = 1;
  settings_.retry.killed = 0;
  TrialLimits limits;
  limits.gpu_share = 0.25;
  WorkerPool pool({WORKER_STUB}, {{"how", "die late"}}, 1, limits);
  const double whole = 0.5;
  const StudyResult result = run("s", pool);
  EXPECT_GT(result.search[0].cost.gpu_seconds, 0.2 * 0.25 * whole);
  EXPECT_LT(result.search[0].cost.gpu_seconds, 10 * 0.25 * whole);
  const double wait = result.search[0].cost.gpu_seconds;
  limits.gpu_share = 1;
  WorkerPool alone({WORKER_STUB}, {{"how", "die late"}}, 1, limits);
  EXPECT_GT(run("t", alone).search[0].cost.gpu_seconds, 1.5 * wait);
}

TEST_P(StudyProcesses, NoMoreStartThanThereAreTasks) {
  const auto children = [] {
    std::ifstream file("/proc/self/task/" + std::to_string(::gettid()) + "/children");
    const std::vector<std::string> numbers{std::istream_iterator<std::string>(file), {}};
    return numbers.size();
  };
  const size_t before = children();
  WorkerPool pool({WORKER_STUB}, {{"how", "sleep"}}, 6);
  EXPECT_EQ(pool.room(), 6);
  EXPECT_EQ(children(), before);
  Task task;
  task.choices = space::Choices(space_.decisions().size(), 0);
  for (task.number = 0; task.number < 2; ++task.number) pool.start(task);
  EXPECT_EQ(pool.room(), 4);
  EXPECT_EQ(children(), before + 2);
  pool.cancel();
  EXPECT_EQ(children(), before);
}

TEST_P(StudyProcesses, WhatAProcessNeedsToStartIsNotItsTrialsTime) {
  WorkerPool pool({WORKER_STUB}, {{"how", "slow start"}}, 1, {0.5, 0});
  ASSERT_EQ(pool.room(), 1);
  Task task;
  task.choices = space::Choices(space_.decisions().size(), 0);
  pool.start(task);
  pool.drop(task);  // its process is replaced
  task.number = 1;
  pool.start(task);
  std::optional<Finished> finished;
  for (int k = 0; k < 100 && !finished; ++k) finished = pool.wait(0.1);
  ASSERT_TRUE(finished);
  EXPECT_TRUE(finished->measurements) << finished->message;
}

TEST_P(StudyProcesses, ACauseThatIsNoTextEndsItsTrialOnly) {
  settings_.trials = 2;
  WorkerPool pool({WORKER_STUB}, {{"how", "bytes"}}, 1);
  const StudyResult result = run("s", pool);
  EXPECT_EQ(result.search[0].cause, Cause::kException);
  EXPECT_EQ(result.search[0].message, "no text: \xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(result.search[1].state, TrialState::kDone);
}

TEST_P(StudyProcesses, ATrialThatTakesTooLongIsEnded) {
  settings_.trials = 4;
  WorkerPool pool({WORKER_STUB}, {{"how", "sleep"}}, 2, {0.3, 0});
  const StudyResult result = run("s", pool);
  EXPECT_TRUE(result.complete);
  for (const int number : {0, 3}) {
    EXPECT_EQ(result.search[static_cast<size_t>(number)].cause, Cause::kTimeOut);
    EXPECT_EQ(result.search[static_cast<size_t>(number)].state, TrialState::kFailed);
  }
  EXPECT_EQ(result.search[1].state, TrialState::kDone);
}

TEST_P(StudyProcesses, ATrialThatTakesTooMuchMemoryFailsAlone) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's own memory is beyond the limit";
#endif
  settings_.trials = 4;
  WorkerPool pool({WORKER_STUB}, {{"how", "memory"}}, 2, {0, 400'000'000});
  const StudyResult result = run("s", pool);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.search[0].cause, Cause::kOutOfMemory);
  EXPECT_NE(result.search[0].message.find("its peak was"), std::string::npos);
  EXPECT_EQ(result.search[1].state, TrialState::kDone);
}

/// Evaluates trials of these numbers in a pool of two workers.
std::map<int64_t, Finished> run_pair(WorkerPool& pool, const space::SearchSpace& space,
                                     std::vector<int64_t> numbers) {
  EXPECT_EQ(pool.room(), 2);
  for (const int64_t number : numbers) {
    Task task;
    task.choices = space::Choices(space.decisions().size(), 0);
    task.number = number;
    pool.start(task);
  }
  std::map<int64_t, Finished> results;
  for (int k = 0; k < 600 && results.size() < numbers.size(); ++k)
    if (auto finished = pool.wait(0.1)) results[finished->task.number] = *finished;
  return results;
}

TEST(OutOfMemory, IsTheCauseWhereTheKernelHasCountedItsKill) {
  const ToySpace space(2, 4);
  std::atomic<int64_t> kills = 5;
  WorkerPool pool({WORKER_STUB}, {{"how", "crash"}}, 2, {}, [&] { return kills.load(); });
  EXPECT_EQ(run_pair(pool, space, {0}).at(0).cause, Cause::kKilled) << "those were before";
  {
    WorkerPool late({WORKER_STUB}, {{"how", "die late"}}, 2, {}, [&] { return kills.load(); });
    ASSERT_EQ(late.room(), 2);
    std::jthread kernel([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      ++kills;
    });
    const std::map<int64_t, Finished> results = run_pair(late, space, {0, 3});
    kernel.join();
    ASSERT_EQ(results.size(), 2u);
    // One of the two was the kernel's.
    std::multiset<Cause> causes;
    for (const auto& [number, finished] : results) {
      causes.insert(finished.cause);
      if (finished.cause != Cause::kOutOfMemory) continue;
      EXPECT_NE(finished.message.find("the kernel killed its worker; its peak was "),
                std::string::npos)
          << finished.message;
      EXPECT_GT(finished.cost.peak_bytes, 1 << 20);
    }
    EXPECT_EQ(causes, (std::multiset<Cause>{Cause::kOutOfMemory, Cause::kKilled}));
  }
  WorkerPool silent({WORKER_STUB}, {{"how", "crash"}}, 2, {}, [] { return -1; });
  EXPECT_EQ(run_pair(silent, space, {0}).at(0).cause, Cause::kKilled);
}

/// In a control group of its own, where one can be made: the kernel itself kills.
TEST(OutOfMemory, IsTheCauseWhereTheKernelKills) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's own memory is beyond the limit";
#endif
  const std::filesystem::path version1 = "/sys/fs/cgroup/memory", version2 = "/sys/fs/cgroup";
  const bool old = std::filesystem::exists(version1 / "cgroup.procs");
  const std::filesystem::path group =
      (old ? version1 : version2) / ("nasnet-test-" + std::to_string(::getpid()));
  std::error_code error;
  std::filesystem::create_directory(group, error);
  const auto put = [&](const char* name, const std::string& value) {
    std::ofstream file(group / name);
    file << value << std::flush;
    return file.good();
  };
  if (error || !put(old ? "memory.limit_in_bytes" : "memory.max", "300000000")) {
    std::filesystem::remove(group, error);
    GTEST_SKIP() << "a control group can be made by root only";
  }
  const pid_t process = ::fork();
  if (process == 0) {
    if (!put("cgroup.procs", "0")) ::_exit(9);
    WorkerPool pool({WORKER_STUB}, {{"how", "memory"}}, 2);
    const ToySpace space(2, 4);
    const Finished finished = run_pair(pool, space, {0}).at(0);
    std::fprintf(stderr, "%s: %s\n", to_text(finished.cause).c_str(), finished.message.c_str());
    const bool right = finished.cause == Cause::kOutOfMemory &&
                       finished.cost.peak_bytes > 100'000'000 &&
                       finished.cost.peak_bytes < 350'000'000;
    ::_exit(right ? 0 : 1);
  }
  int status = -1;
  ::waitpid(process, &status, 0);
  EXPECT_EQ(status, 0);
  for (int k = 0; k < 100 && !std::filesystem::remove(group, error); ++k) ::usleep(10000);
}

TEST_P(StudyProcesses, AWorkerThatCannotStartIsAnError) {
  WorkerPool refused({WORKER_STUB}, {{"how", "refuse"}}, 2);
  EXPECT_THROW(run("a", refused), InputError);
  WorkerPool missing({"/nowhere/worker"}, {{"how", ""}}, 1);
  EXPECT_THROW(run("b", missing), Error);
}

TEST_P(StudyProcesses, TimeIsAHardBudget) {
  WorkerPool pool({WORKER_STUB}, {{"how", "sleep"}}, 2);
  const StudyResult result = run("s", pool, {0.5});
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.ended_by, "time");
  EXPECT_LT(result.seconds, 20);
}

/// A worker of another machine, as far as anybody can tell, that claims a trial and is never heard
/// of again.
TEST_P(StudyProcesses, ATrialOfASilentWorkerIsTakenBack) {
  settings_.lease = 1;
  const StudyResult expected = run_in_process("plain");
  settings_.trials = 8;
  run_in_process("s");
  settings_.trials = 60;
  const auto store = open("s");
  std::thread thief([&] {
    const auto own = open("s", false);
    while (own->claim(owner("a machine far away"), 2).empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  ToyEvaluator evaluator(space_);
  struct Slow : InProcessRunner {
    using InProcessRunner::InProcessRunner;
    std::optional<Finished> wait(double seconds) override {
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
      return InProcessRunner::wait(seconds);
    }
  } runner(evaluator);
  const StudyResult result = run_study(*store, spec(), {}, {&runner, {}});
  thief.join();
  expect_same(expected, result);
  int lost = 0;
  for (const auto* trials : {&result.search, &result.baseline})
    for (const Trial& trial : *trials) lost += trial.failures.count("killed") > 0;
  EXPECT_GT(lost, 0) << "attempts that were lost are counted";
}

}  // namespace
}  // namespace nasnet::search
