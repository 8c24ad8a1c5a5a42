#include "nasnet/search/study.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <map>

#include "nasnet/base/error.h"
#include "tests/search/toy_space.h"

namespace nasnet::search {
namespace {

/// A study file of its own for each test, removed afterwards.
class StudyFile : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder = std::filesystem::temp_directory_path() /
             ("nasnet_" + std::string(test->name()) + "_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    file = folder / "study.db";
    settings.ppo.hidden = 8;
    settings.ppo.minibatch = 5;
    settings.generation = 5;
    settings.trials = 23;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  StudyResult run(Executor& executor) {
    Store store(file);
    return run_study(store, space, settings, 3, {}, executor);
  }

  ToySpace space{2, 4};
  ToyEvaluator evaluator{space};
  StudySettings settings;
  std::filesystem::path folder, file;
};

using Study = StudyFile;
using StoreFile = StudyFile;

/// Two places to work in, results in the reverse order; the first attempt of some trials dies.
class Unruly : public Executor {
 public:
  Unruly(Evaluator& evaluator, int64_t dies) : evaluator_(evaluator), dies_(dies) {}
  bool has_room() override { return running_.size() < 2; }
  void start(const Task& task) override {
    ++starts[task.arm + std::to_string(task.number)];
    running_.push_back(task);
  }
  std::optional<Finished> wait(double) override {
    if (running_.empty()) return std::nullopt;
    // The one that dies does so while the other still runs.
    const bool front = running_.front().number == dies_ && ++deaths_ == 1;
    const Task task = front ? running_.front() : running_.back();
    front ? running_.pop_front() : running_.pop_back();
    if (!front) return evaluate_task(evaluator_, task, [](int64_t) {});
    Finished dead;
    dead.task = task;
    dead.cause = "killed";
    dead.process_died = true;
    return dead;
  }
  void cancel() override { running_.clear(); }
  int64_t images() const override { return 0; }

  std::map<std::string, int> starts;

 private:
  Evaluator& evaluator_;
  int64_t dies_;
  int deaths_ = 0;
  std::deque<Task> running_;
};

void expect_same(const std::vector<Trial>& a, const std::vector<Trial>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].choices, b[i].choices) << i;
    EXPECT_EQ(a[i].state, b[i].state) << i;
    EXPECT_EQ(a[i].reward, b[i].reward) << i;
    EXPECT_EQ(a[i].measurements, b[i].measurements) << i;
  }
}

TEST_F(Study, ADeadWorkersTrialIsTriedAgainAndNoOtherTwice) {
  InProcessExecutor plain(evaluator);
  const StudyResult expected = run(plain);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  Unruly unruly(evaluator, 0);
  const StudyResult result = run(unruly);
  int twice = 0;
  for (const auto& [name, count] : unruly.starts) twice += count > 1;
  EXPECT_EQ(twice, 1);
  expect_same(result.search, expected.search);
  expect_same(result.baseline, expected.baseline);
}

TEST_F(Study, GoesOnWithMoreTrialsAsIfItHadNeverStopped) {
  InProcessExecutor executor(evaluator);
  settings.trials = 41;
  const StudyResult expected = run(executor);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const int64_t trials : {3, 7, 23, 41}) {
    settings.trials = trials;
    const StudyResult result = run(executor);
    EXPECT_TRUE(result.complete);
    if (trials == 41) expect_same(result.search, expected.search);
  }
}

class Failing : public Evaluator {
 public:
  explicit Failing(int64_t works_from) : works_from_(works_from) {}
  Evaluation evaluate(const Task& task, const std::function<void(int64_t)>&) override {
    if (task.number % 4 == 1) return {std::nan(""), {}};
    if (task.number < works_from_) throw InputError("no such image");
    return {0.5, {}};
  }

 private:
  int64_t works_from_;
};

TEST_F(Study, FailuresKeepTheirCauseAndAreNeverTheBest) {
  Failing failing(0);
  InProcessExecutor executor(failing);
  const StudyResult result = run(executor);
  EXPECT_EQ(result.search[1].state, TrialState::kFailed);
  EXPECT_NE(result.search[1].cause.find("not a number"), std::string::npos);
  for (const Trial& trial : best_trials(result.search, 100)) EXPECT_EQ(trial.reward, 0.5);
}

TEST_F(Study, StopsWhereTheFirstFiveFail) {
  Failing failing(1000);
  InProcessExecutor executor(failing);
  EXPECT_THROW(run(executor), Error);
}

TEST_F(StoreFile, IsHeldByOneAtATime) {
  const Store store(file);
  try {
    const Store second(file);
    FAIL() << "opened twice";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(std::to_string(::getpid())), std::string::npos);
  }
}

TEST_F(StoreFile, RefusesWhatIsNoDatabase) {
  std::ofstream(file) << std::string(5000, 'x');
  EXPECT_THROW(Store{file}, InputError);
}

TEST_F(StoreFile, SettingsThatDifferAreNamed) {
  Store store(file);
  settle_settings(store, {{"epochs", 3}, {"trials", 5}}, "digest", {"trials"});
  settle_settings(store, {{"epochs", 3}, {"trials", 9}}, "digest", {"trials"});
  try {
    settle_settings(store, {{"epochs", 4}}, "digest", {"trials"});
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("epochs = 3"), std::string::npos);
  }
}

}  // namespace
}  // namespace nasnet::search
