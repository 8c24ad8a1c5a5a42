#include "nasnet/search/study/study.h"

#include <chrono>
#include <cmath>
#include <deque>
#include <map>
#include <set>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/search/study/arm.h"
#include "nasnet/search/workers/worker_pool.h"
#include "tests/search/study/study_fixture.h"

namespace nasnet::search {
namespace {

class Study : public ToyStudies {};
NASNET_ON_BOTH_STORES(Study);

/// Two places to work in, results in the reverse order; the first attempt of some trials dies.
class Unruly : public TaskRunner {
 public:
  Unruly(Evaluator& evaluator, int64_t dies) : evaluator_(evaluator), dies_(dies) {}
  int64_t room() override { return 2 - static_cast<int64_t>(running_.size()); }
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
    dead.cause = Cause::kKilled;
    dead.message = "killed";
    return dead;
  }
  Cost cost(const Task&) const override { return {}; }
  void drop(const Task&) override {}
  std::vector<Finished> cancel() override {
    running_.clear();
    return {};
  }
  int64_t images() const override { return 0; }

  std::map<std::string, int> starts;

 private:
  Evaluator& evaluator_;
  int64_t dies_;
  int deaths_ = 0;
  std::deque<Task> running_;
};

TEST_P(Study, RunsBothArmsToTheEnd) {
  const StudyResult result = run_in_process("s");
  EXPECT_TRUE(result.complete);
  ASSERT_EQ(result.search.size(), 60u);
  ASSERT_EQ(result.baseline.size(), 60u);
  for (const Trial& trial : result.search) EXPECT_EQ(trial.state, TrialState::kDone);
  EXPECT_NE(result.search[30].choices, result.baseline[30].choices);
  const std::vector<Trial> best = best_trials(result.search, 3);
  ASSERT_EQ(best.size(), 3u);
  for (const Trial& trial : result.search) EXPECT_LE(trial.reward, best[0].reward);
  settings_.baseline = false;
  EXPECT_TRUE(run_in_process("t").baseline.empty());
  settings_.baseline = true;
  settings_.strategy = StrategyKind::kRandom;
  EXPECT_TRUE(run_in_process("u").baseline.empty());
}

TEST_P(Study, FinishedStudyIsReportedAgain) {
  const StudyResult first = run_in_process("s");
  expect_same(first, run_in_process("s"));
}

TEST_P(Study, GrownBudgetEqualsTheLargerOneAtOnce) {
  const StudyResult whole = run_in_process("whole");
  for (const int64_t trials : {5, 13, 16, 41, 60}) {
    settings_.trials = trials;
    const StudyResult result = run_in_process("grown");
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.search.size(), static_cast<size_t>(trials));
  }
  expect_same(whole, run_in_process("grown"));
}

TEST_P(Study, ADeadWorkersTrialIsTriedAgainAndNoOtherTwice) {
  const StudyResult expected = run_in_process("plain");
  ToyEvaluator evaluator(space_);
  Unruly unruly(evaluator, 0);
  const StudyResult result = run("unruly", unruly);
  int twice = 0;
  for (const auto& [name, count] : unruly.starts) twice += count > 1;
  EXPECT_EQ(twice, 1);
  expect_same(result, expected);
}

/// Fails, or gives no number, where the trial's number says so.
class FaultyEvaluator : public Evaluator {
 public:
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>&) override {
    if (task.number % 8 == 1) throw Error("a cause\nof two lines");
    if (task.number % 8 == 2) return {{kAccuracy, std::nan("")}};
    if (task.number % 8 == 3) return {{kAccuracy, INFINITY}};
    if (task.number % 8 == 4) throw std::bad_alloc();
    if (task.number % 8 == 5) throw InputError("no such image");
    if (task.number % 8 == 6) throw NotANumber("the loss is not a number");
    return {{kAccuracy, 0.5}};
  }
};

TEST_P(Study, FailedTrialsHaveACauseAndAreNeverTheBest) {
  FaultyEvaluator evaluator;
  InProcessRunner runner(evaluator, 4);
  const StudyResult result = run("s", runner);
  EXPECT_TRUE(result.complete);
  const std::map<int64_t, std::pair<Cause, int>> causes = {
      {1, {Cause::kException, 1}},   {2, {Cause::kNotANumber, 1}}, {3, {Cause::kNotANumber, 1}},
      {4, {Cause::kOutOfMemory, 2}}, {5, {Cause::kDataError, 2}},  {6, {Cause::kNotANumber, 1}}};
  for (const Trial& trial : result.search) {
    const auto expected = causes.find(trial.number % 8);
    if (expected == causes.end()) {
      EXPECT_EQ(trial.state, TrialState::kDone);
      continue;
    }
    EXPECT_EQ(trial.state, TrialState::kFailed);
    EXPECT_EQ(trial.cause, expected->second.first);
    EXPECT_EQ(trial.failures.at(to_text(trial.cause)), expected->second.second);
    EXPECT_EQ(trial.message == "a cause", trial.number % 8 == 1);
  }
  for (const Trial& trial : best_trials(result.search, 100)) EXPECT_EQ(trial.reward, 0.5);
}

TEST_P(Study, KeepsThePolicyOfEachGenerationAndTheTimesOfItsTrials) {
  settings_.strategy = StrategyKind::kPpo;
  settings_.trials = 20;
  run_in_process("s");
  settings_.trials = 60;
  run_in_process("s");  // goes on
  run_in_process("whole");
  const auto resumed = open("s"), whole = open("whole");
  const std::vector<PolicyRecord> policies = resumed->policies(kSearchArm);
  ASSERT_EQ(policies.size(), 8u);
  for (size_t i = 0; i < policies.size(); ++i) {
    EXPECT_EQ(policies[i].trials, static_cast<int64_t>(i) * settings_.generation);
    EXPECT_EQ(policies[i].probabilities.size(), space_.decisions().size());
  }
  EXPECT_EQ(policies, whole->policies(kSearchArm));
  EXPECT_TRUE(resumed->policies(kBaselineArm).empty()) << "random search has none";
  for (const TrialOutcome& outcome : resumed->outcomes(kSearchArm, 0, 60))
    EXPECT_GT(outcome.finished, 1e9) << "repeats too";
}

TEST_P(Study, FailedTrialsRunAgainWhenAskedAndNothingElseChanges) {
  for (const bool with_rungs : {false, true}) {
    const std::string name = with_rungs ? "rungs" : "plain";
    if (with_rungs) {
      settings_.halving = {1, 2};
      epochs_ = 4;
    }
    FaultyEvaluator faulty;
    InProcessRunner failing(faulty, 4);
    const StudyResult before = run(name, failing);
    {
      const auto store = open(name);
      EXPECT_FALSE(store->has_retried());
      EXPECT_GT(store->retry_failed(), 10);
      EXPECT_TRUE(store->has_retried());
      EXPECT_EQ(store->retry_failed(), 0);
    }
    struct Sound : Evaluator {
      Measurements evaluate(const Task&, const std::function<void(int64_t)>&) override {
        return {{kAccuracy, 0.25}};
      }
    } sound;
    InProcessRunner runner(sound, 4);
    const StudyResult after = run(name, runner);
    EXPECT_TRUE(after.complete);
    ASSERT_EQ(after.search.size(), before.search.size());
    for (size_t i = 0; i < after.search.size(); ++i) {
      const Trial &now = after.search[i], &then = before.search[i];
      EXPECT_EQ(now.choices, then.choices);
      EXPECT_EQ(now.state, TrialState::kDone);
      EXPECT_EQ(now.cause, Cause::kNone);
      EXPECT_TRUE(now.failures.empty());
      if (then.state == TrialState::kDone) {
        EXPECT_EQ(now.reward, then.reward);
      }
    }
    expect_same(run(name, runner), after);
  }
}

TEST_P(Study, StopsWhereEverythingFails) {
  class Hopeless : public Evaluator {
    Measurements evaluate(const Task&, const std::function<void(int64_t)>&) override {
      throw Error("out of paper");
    }
  } hopeless;
  InProcessRunner runner(hopeless, 4);
  try {
    run("all", runner);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("out of paper"), std::string::npos);
  }
}

/// A result that takes so long does not share its transaction with others.
constexpr std::chrono::milliseconds kAlone{60};

/// Fails the trials from `first` on.
struct FailingFrom : Evaluator {
  explicit FailingFrom(int64_t from) : first(from) {}
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>&) override {
    if (task.number >= first) throw Error("out of paper");
    return {{kAccuracy, 0.5}};
  }
  int64_t first;
};

TEST_P(Study, TheFirstTrialsAreThoseOfTheLowestNumbers) {
  /// Gives the result of the latest trial first.
  struct Backwards : TaskRunner {
    explicit Backwards(Evaluator& e) : evaluator(e) {}
    int64_t room() override { return 16 - static_cast<int64_t>(tasks.size()); }
    void start(const Task& task) override { tasks.emplace(task.number, task); }
    std::optional<Finished> wait(double) override {
      if (tasks.empty()) return std::nullopt;
      const Task task = std::prev(tasks.end())->second;
      tasks.erase(std::prev(tasks.end()));
      std::this_thread::sleep_for(kAlone);
      return evaluate_task(evaluator, task, [](int64_t) {});
    }
    Cost cost(const Task&) const override { return {}; }
    void drop(const Task&) override {}
    std::vector<Finished> cancel() override {
      tasks.clear();
      return {};
    }
    int64_t images() const override { return 0; }
    Evaluator& evaluator;
    std::multimap<int64_t, Task> tasks;
  };
  settings_.trials = 8;
  FailingFrom evaluator(1);
  Backwards runner(evaluator);
  EXPECT_TRUE(run("s", runner).complete) << "trial 0 will succeed";
}

TEST_P(Study, GoesOnOnceTheCauseOfAllFailuresIsMended) {
  FailingFrom evaluator(0);
  InProcessRunner runner(evaluator, 4);
  for (int run_number = 0; run_number < 2; ++run_number) {
    const auto store = open("s");
    EXPECT_THROW(run_study(*store, spec(), {}, {&runner, {}}), Error);
    int64_t failed = 0;
    for (const char* arm : {kSearchArm, kBaselineArm})
      for (const Trial& trial : store->trials(arm)) failed += trial.finished();
    EXPECT_GE(failed, 10 * (run_number + 1)) << "every run tries";
    EXPECT_LE(failed, 16 * (run_number + 1));
  }
  evaluator.first = 1000;
  const StudyResult result = run("s", runner);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.search.back().state, TrialState::kDone);
}

TEST_P(Study, IsNotCompleteByTrialsBeyondThoseAskedFor) {
  /// Never comes to the first two trials of each arm, and ends with the search's last.
  struct Lazy : ToyEvaluator {
    using ToyEvaluator::ToyEvaluator;
    Measurements evaluate(const Task& task, const std::function<void(int64_t)>& f) override {
      if (task.number < 2) throw Interrupted("the user");
      std::this_thread::sleep_for(kAlone);
      return ToyEvaluator::evaluate(task, f);
    }
  } lazy(space_);
  struct Backwards : InProcessRunner {
    using InProcessRunner::InProcessRunner;
    std::optional<Finished> wait(double seconds) override {
      std::stable_sort(waiting.begin(), waiting.end(),
                       [](const Task& a, const Task& b) { return a.number > b.number; });
      for (const Task& task : waiting) InProcessRunner::start(task);
      waiting.clear();
      return InProcessRunner::wait(seconds);
    }
    void start(const Task& task) override { waiting.push_back(task); }
    int64_t room() override {
      return InProcessRunner::room() - static_cast<int64_t>(waiting.size());
    }
    std::vector<Task> waiting;
  } backwards(lazy, 32);
  const StudyResult expected = run_in_process("plain");
  settings_.trials = 16;
  EXPECT_THROW(run("s", backwards), Interrupted);
  settings_.trials = 8;
  const StudyResult result = run_in_process("s");
  EXPECT_TRUE(result.complete);
  ASSERT_EQ(result.search.size(), 8u);
  for (const Trial& trial : result.search) EXPECT_EQ(trial.state, TrialState::kDone);
  settings_.trials = 60;
  expect_same(expected, run_in_process("s"));
}

TEST_P(Study, TrialsThatAreNotAskedForAnyMoreAreNotQueuedAgain) {
  const auto store = open("s");
  const LeaseSettings lease{owner("me"), 60, {}};
  const auto arm = [&](int64_t trials) {
    auto strategy = make_strategy(StrategyKind::kRandom, space_, settings_.strategies, 5);
    return Arm(kSearchArm, std::move(strategy), *store, space_, {trials, 8, 1, {}, 0}, lease);
  };
  arm(8).step();
  std::vector<Claim> claims = store->claim(owner("far away"), 8);
  ASSERT_EQ(claims.size(), 8u);
  Arm fewer = arm(4);
  for (Claim& claim : claims) claim.trial.state = TrialState::kPending;
  store->finish({claims[2], claims[6]});
  fewer.step();
  const std::vector<TrialStatus> now = store->statuses(kSearchArm, 0, 8);
  EXPECT_EQ(now[2].state, TrialState::kPending);
  EXPECT_EQ(now[6].state, TrialState::kHeld);
  EXPECT_EQ(now[7].state, TrialState::kRunning);
}

TEST_P(Study, StopsWhereTooManyFail) {
  FaultyEvaluator evaluator;
  InProcessRunner runner(evaluator, 4);
  settings_.max_failed = 12;
  try {
    run("s", runner);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("--max-failed 12"), std::string::npos);
  }
}

/// Candidates with the same sum of choices are the same.
class SumSpace : public ToySpace {
 public:
  SumSpace() : ToySpace(2, 4) {}
  std::string canonical(const space::Choices& choices) const override {
    int sum = 0;
    for (const int choice : choices) sum += choice;
    return std::to_string(sum);
  }
};

TEST_P(Study, RepeatsHaveTheResultOfTheFirst) {
  const SumSpace space;
  struct Counting : ToyEvaluator {
    using ToyEvaluator::ToyEvaluator;
    Measurements evaluate(const Task& task, const std::function<void(int64_t)>& f) override {
      evaluated.insert(task.arm + std::to_string(task.number));
      return ToyEvaluator::evaluate(task, f);
    }
    std::set<std::string> evaluated;
  } evaluator(space);
  InProcessRunner runner(evaluator, 4);
  const auto store = open("s");
  const StudyResult result = run_study(*store, {space, settings_, 5, 0}, {}, {&runner, {}});
  EXPECT_TRUE(result.complete);
  std::map<std::string, const Trial*> first;
  size_t repeats = 0;
  for (const Trial& trial : result.search) {
    const Trial*& original = first[space.canonical(trial.choices)];
    const bool evaluated = evaluator.evaluated.count("search" + std::to_string(trial.number)) > 0;
    if (!original) {
      original = &trial;
      EXPECT_EQ(trial.repeats, -1);
      EXPECT_TRUE(evaluated);
      continue;
    }
    ++repeats;
    EXPECT_EQ(trial.repeats, original->number);
    EXPECT_EQ(trial.reward, original->reward);
    EXPECT_FALSE(evaluated);
  }
  EXPECT_GT(repeats, 20u);
}

TEST_P(Study, HalvingStopsTheWeakAndGoesOnWithTheGood) {
  settings_.halving = {1, 2};
  settings_.trials = 20;  // rounded up to whole generations
  epochs_ = 4;
  const StudyResult result = run_in_process("s");
  EXPECT_TRUE(result.complete);
  ASSERT_EQ(result.search.size(), 24u);
  for (size_t first = 0; first < 24; first += 8) {
    std::map<size_t, int> lengths;
    double worst_of_two = 1, best_of_one = 0;
    for (size_t i = first; i < first + 8; ++i) {
      const Trial& trial = result.search[i];
      EXPECT_EQ(trial.state, TrialState::kDone);
      EXPECT_EQ(trial.reward, trial.rungs.back());
      ++lengths[trial.rungs.size()];
      if (trial.rungs.size() == 1) best_of_one = std::max(best_of_one, trial.rungs[0]);
      if (trial.rungs.size() > 1) worst_of_two = std::min(worst_of_two, trial.rungs[0]);
    }
    EXPECT_EQ(lengths, (std::map<size_t, int>{{1, 4}, {2, 2}, {3, 2}}));
    EXPECT_GE(worst_of_two, best_of_one);
  }
  ToyEvaluator evaluator(space_);
  Unruly unruly(evaluator, 3);
  expect_same(result, run("unruly", unruly));
}

TEST_P(Study, TellsWhichTrialsGoNoFurther) {
  settings_.halving = {1, 2};
  settings_.trials = 24;
  epochs_ = 4;
  ToyEvaluator evaluator(space_);
  InProcessRunner runner(evaluator, 3);
  const auto store = open("s");
  std::set<int64_t> seen;
  int64_t settled = 0;
  run_study(*store, spec(), {}, {&runner, {}}, [&](const StudyStatus& status) {
    settled = status.settled.at(kSearchArm);
    if (!seen.insert(settled).second) return;
    for (const Trial& trial : store->trials(kSearchArm, 0, settled))
      EXPECT_TRUE(trial.finished()) << trial.number;
  });
  EXPECT_EQ(settled, 24);
  EXPECT_GT(seen.size(), 3u);
}

TEST_P(Study, TrainsTheBestAgainAndASample) {
  settings_.retrain = 2;
  settings_.seeds = 3;
  settings_.sample = 5;
  epochs_ = 2;
  const StudyResult result = run_in_process("s");
  EXPECT_TRUE(result.complete);
  ASSERT_EQ(result.retrain.size(), 12u);
  ASSERT_EQ(result.sample.size(), 5u);
  std::map<space::Choices, std::set<double>> rewards;
  for (const Trial& trial : result.retrain) {
    EXPECT_EQ(trial.epochs, 8);
    rewards[trial.choices].insert(trial.reward);
  }
  EXPECT_EQ(rewards.size(), 4u);
  for (const auto& [choices, different] : rewards) EXPECT_EQ(different.size(), 3u);
  EXPECT_EQ(result.retrain[0].choices, best_trials(result.search, 1)[0].choices);
  EXPECT_EQ(result.sample[0].choices, best_trials(result.search, 1)[0].choices);
  expect_same(result, run_in_process("s"));
}

/// Takes some processor time.
struct Expensive : ToyEvaluator {
  using ToyEvaluator::ToyEvaluator;
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>& f) override {
    const double end = process_seconds() + 0.02;
    while (process_seconds() < end) {
    }
    return ToyEvaluator::evaluate(task, f);
  }
};

TEST_P(Study, ABudgetOfCoreHoursIsHardAndOutlivesARestart) {
  Expensive evaluator(space_);
  InProcessRunner runner(evaluator);
  StudyBudget budget;
  budget.core_hours = 0.3 / 3600;
  const StudyResult result = run("s", runner, budget);
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.ended_by, "core-hours");
  EXPECT_GE(result.cost.core_seconds, 0.3);
  EXPECT_LT(result.cost.core_seconds, 0.6);
  const StudyResult again = run("s", runner, budget);
  EXPECT_EQ(again.cost.core_seconds, result.cost.core_seconds);
  EXPECT_EQ(again.ended_by, "core-hours");
}

TEST_P(Study, ABaselineThatIsLeftOutLaterHasStillCostWhatItHas) {
  Expensive evaluator(space_);
  InProcessRunner runner(evaluator);
  StudyBudget budget;
  budget.core_hours = 0.3 / 3600;
  EXPECT_EQ(run("s", runner, budget).ended_by, "core-hours");
  settings_.baseline = false;
  const StudyResult again = run("s", runner, budget);
  EXPECT_EQ(again.ended_by, "core-hours");
  EXPECT_GE(again.cost.core_seconds, 0.3);
  EXPECT_LT(again.cost.core_seconds, 0.6);
  EXPECT_TRUE(again.baseline.empty());
  for (const TrialStatus& status : open("s")->statuses(kBaselineArm, 0, INT64_MAX))
    EXPECT_NE(status.state, TrialState::kPending) << "nobody asks for it";
}

TEST_P(Study, TrainingsOfOtherLengthsAndOfFormerBestsAreNotMixed) {
  settings_.retrain = 2;
  settings_.seeds = 2;
  settings_.sample = 3;
  settings_.trials = 8;
  epochs_ = 2;
  run_in_process("s");
  settings_.retrain_epochs = 40;
  settings_.trials = 32;
  const StudyResult grown = run_in_process("s");
  EXPECT_TRUE(grown.complete);
  EXPECT_EQ(grown.retrain.size(), 8u);
  std::set<space::Choices> best;
  for (const auto* trials : {&grown.search, &grown.baseline})
    for (const Trial& trial : best_trials(*trials, 2)) best.insert(trial.choices);
  for (const Trial& trial : grown.retrain) {
    EXPECT_EQ(trial.epochs, 40);
    EXPECT_EQ(best.count(trial.choices), 1u);
  }
  for (const Trial& trial : grown.sample) EXPECT_EQ(trial.epochs, 40);
  settings_.trials = 8;
  const StudyResult fewer = run_in_process("s");
  EXPECT_EQ(fewer.retrain.size(), 8u);
  for (const Trial& trial : fewer.retrain) {
    bool there = false;
    for (const auto* trials : {&fewer.search, &fewer.baseline})
      for (const Trial& other : *trials) there |= other.choices == trial.choices;
    EXPECT_TRUE(there) << "of the trials asked for";
  }
}

TEST_P(Study, AFewFailuresAfterARestartDoNotStopIt) {
  struct Middle : ToyEvaluator {
    using ToyEvaluator::ToyEvaluator;
    Measurements evaluate(const Task& task, const std::function<void(int64_t)>& f) override {
      if (task.number >= 2 && task.number < 7) {
        if (std::exchange(first, false)) throw Interrupted("the user");
        throw Error("no luck");
      }
      std::this_thread::sleep_for(kAlone);
      return ToyEvaluator::evaluate(task, f);
    }
    bool first = true;
  } evaluator(space_);
  InProcessRunner runner(evaluator, 1);
  settings_.trials = 8;
  EXPECT_THROW(run("s", runner), Interrupted);
  EXPECT_TRUE(run("s", runner).complete);
}

TEST(Halving, RungsGrowByEta) {
  EXPECT_EQ(rung_epochs({0, 3}, 81), (std::vector<int64_t>{0}));
  EXPECT_EQ(rung_epochs({1, 3}, 9), (std::vector<int64_t>{1, 3, 0}));
  EXPECT_EQ(rung_epochs({1, 3}, 10), (std::vector<int64_t>{1, 3, 9, 0}));
  EXPECT_EQ(rung_epochs({5, 2}, 5), (std::vector<int64_t>{0}));
}

TEST(Halving, TrainsTheBestOfEveryGenerationToTheEnd) {
  std::vector<Trial> generation(20);
  for (int i = 0; i < 20; ++i) {
    generation[static_cast<size_t>(i)].number = i;
    generation[static_cast<size_t>(i)].state = TrialState::kPaused;
    generation[static_cast<size_t>(i)].rungs = {0.01 * i};
  }
  const std::vector<int64_t> rungs = rung_epochs({1, 3}, 20);
  EXPECT_EQ(rungs, (std::vector<int64_t>{1, 3, 9, 0}));
  std::vector<int> going;
  for (size_t rung = 0; rung + 1 < rungs.size(); ++rung) {
    int go_on = 0;
    for (const Trial& trial : decide_rungs(generation, rungs, 3)) {
      Trial& own = generation[static_cast<size_t>(trial.number)];
      own = trial;
      if (own.state != TrialState::kPending) continue;
      ++go_on;
      own.rungs.push_back(own.rungs.back());
      own.state = rung + 2 < rungs.size() ? TrialState::kPaused : TrialState::kDone;
    }
    going.push_back(go_on);
  }
  EXPECT_EQ(going, (std::vector<int>{6, 2, 1})) << "a third, and at least one";
  EXPECT_EQ(generation[19].rungs.size(), 4u);
}

std::vector<Trial> pending_generation(int size) {
  std::vector<Trial> generation(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) generation[static_cast<size_t>(i)].number = i;
  return generation;
}

TEST(Halving, DecidesWhatNoMissingResultCanChangeAndLeavesOutFailures) {
  std::vector<Trial> generation = pending_generation(4);
  const std::vector<int64_t> rungs = {1, 2, 0};
  const auto arrive = [&](size_t i, double reward) {
    generation[i].rungs = {reward};
    generation[i].state = TrialState::kPaused;
  };
  arrive(1, 0.1);
  arrive(3, 0.3);
  EXPECT_TRUE(decide_rungs(generation, rungs, 2).empty()) << "both others may be better, or fail";
  arrive(2, 0.2);
  std::vector<Trial> decided = decide_rungs(generation, rungs, 2);
  ASSERT_EQ(decided.size(), 2u);
  EXPECT_EQ(decided[0].number, 3);
  EXPECT_EQ(decided[0].state, TrialState::kPending);
  EXPECT_EQ(decided[0].epochs, 2);
  EXPECT_EQ(decided[1].number, 1) << "two of four at most go on";
  EXPECT_EQ(decided[1].state, TrialState::kDone);
  EXPECT_EQ(decided[1].reward, 0.1);
  for (const Trial& trial : decided) generation[static_cast<size_t>(trial.number)] = trial;
  EXPECT_TRUE(decide_rungs(generation, rungs, 2).empty());
  generation[0].state = TrialState::kFailed;
  decided = decide_rungs(generation, rungs, 2);
  ASSERT_EQ(decided.size(), 1u);
  EXPECT_EQ(decided[0].number, 2) << "one of three";
  EXPECT_EQ(decided[0].state, TrialState::kDone);
}

/// Runs a generation, whose results are those of `seed`, to its end: results come in the order of
/// `order`, and `every` of them are there before anything is decided.
std::vector<Trial> run_generation(uint64_t seed, uint64_t order, size_t every,
                                  const std::optional<Goal>& criterion = std::nullopt) {
  Random shape(seed, 0, "shape"), chance(order, seed, "order");
  const int size = 1 + static_cast<int>(shape.below(40)),
            eta = 2 + static_cast<int>(shape.below(3));
  std::vector<Trial> generation = pending_generation(size);
  const std::vector<int64_t> rungs = rung_epochs({1, eta}, 20);
  for (Trial& trial : generation) trial.epochs = 1;
  if (size > 3) generation[3].repeats = 1;
  for (size_t come = 0;;) {
    std::vector<Trial*> running;
    for (Trial& trial : generation)
      if (trial.state == TrialState::kPending && trial.repeats < 0) running.push_back(&trial);
    if (!running.empty()) {
      Trial& trial = *running[chance.below(static_cast<uint32_t>(running.size()))];
      Random result(seed, static_cast<uint64_t>(trial.number),
                    "result " + std::to_string(trial.rungs.size()));
      if (result.uniform() < 0.1) {
        trial.state = TrialState::kFailed;
      } else {
        trial.reward = static_cast<double>(result.below(6));  // with ties
        trial.measurements = {{"loss", static_cast<double>(result.below(6))}};
        if (result.below(10) == 0) trial.measurements.clear();
        trial.rungs.push_back(trial.reward);
        trial.state = trial.epochs > 0 ? TrialState::kPaused : TrialState::kDone;
      }
    }
    if (++come < every && running.size() > 1) continue;
    come = 0;
    const std::vector<Trial> decided = decide_rungs(generation, rungs, eta, criterion);
    for (const Trial& trial : decided) generation[static_cast<size_t>(trial.number)] = trial;
    if (decided.empty() && running.empty()) return generation;
  }
}

TEST(Halving, DecidesTheSameInWhateverOrderResultsCome) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<Trial> whole = run_generation(seed, 0, SIZE_MAX);
    for (const Trial& trial : whole) EXPECT_TRUE(trial.finished() || trial.repeats >= 0);
    for (uint64_t order = 1; order < 6; ++order)
      EXPECT_EQ(run_generation(seed, order, order), whole) << seed << " " << order;
  }
}

TEST(Halving, DecidesTheSameByAMeasurementInWhateverOrderResultsCome) {
  const Goal loss{"loss", false};
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<Trial> whole = run_generation(seed, 0, SIZE_MAX, loss);
    for (uint64_t order = 1; order < 6; ++order)
      EXPECT_EQ(run_generation(seed, order, order, loss), whole) << seed << " " << order;
  }
}

TEST(Halving, RanksByAMeasurementAndGivesTheLastRungsReward) {
  std::vector<Trial> generation = pending_generation(4);
  const std::vector<int64_t> rungs = {1, 0};
  const Goal loss{"loss", false};
  for (size_t i = 0; i < 4; ++i) {
    generation[i].rungs = {0.1 * static_cast<double>(i)};
    generation[i].state = TrialState::kPaused;
    generation[i].measurements = {{"loss", static_cast<double>(i)}};
  }
  generation[0].measurements.clear();  // it was no number: the worst
  const std::vector<Trial> decided = decide_rungs(generation, rungs, 2, loss);
  ASSERT_EQ(decided.size(), 4u);
  const std::vector<int64_t> order = {1, 2, 3, 0};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(decided[i].number, order[i]);
    EXPECT_EQ(decided[i].state, i < 2 ? TrialState::kPending : TrialState::kDone);
  }
  EXPECT_EQ(decided[2].reward, 0.1 * 3);
}

TEST(Halving, CriteriaThatCannotBe) {
  const auto refusal = [](const HalvingSettings& settings, const std::string& objective) {
    return message_of<InputError>([&] { rung_criterion(settings, Objective(objective)); });
  };
  EXPECT_EQ(rung_criterion({1, 3, ""}, Objective()), std::nullopt);
  EXPECT_EQ(rung_criterion({1, 3, "train_loss_sum"}, Objective()), (Goal{"train_loss_sum", false}));
  EXPECT_EQ(refusal({0, 3, "train_loss"}, "accuracy"),
            "--rung-by: there are no rungs; add --first-rung");
  EXPECT_NE(refusal({1, 3, "train_loss"}, "accuracy, parameters <= 3M").find("--limit"),
            std::string::npos);
  EXPECT_EQ(refusal({1, 3, "odour"}, "accuracy").find("--rung-by odour: its name"), 0u);
  EXPECT_EQ(refusal({1, 3, "two words"}, "accuracy").find("--rung-by 'two words'"), 0u);
}

}  // namespace
}  // namespace nasnet::search
