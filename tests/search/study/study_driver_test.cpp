#include "nasnet/search/study/study_driver.h"
#include "nasnet/search/study/read_study.h"

#include "tests/search/study/study_fixture.h"

namespace nasnet::search {
namespace {

/// Studies whose candidates have the toy's reward, without noise.
class StudyDrivers : public ToyStudies {
 protected:
  /// As a search with one worker finds them.
  StudyResult search(const std::string& name) {
    struct Plain : Evaluator {
      explicit Plain(const space::SearchSpace& s) : space(s) {}
      Measurements evaluate(const Task& task, const std::function<void(int64_t)>&) override {
        return {{kAccuracy, toy_reward(space, task.choices)}};
      }
      const space::SearchSpace& space;
    } evaluator(space_);
    InProcessRunner runner(evaluator);
    return run(name, runner);
  }

  /// Evaluates at most so many by hand.
  void evaluate(Store& store, const StudyDriver& driver, int64_t count) {
    std::vector<Claim> claims = store.claim(driver.own_crew(), count);
    for (Claim& claim : claims)
      note_result(claim.trial, {{kAccuracy, toy_reward(space_, claim.trial.choices)}},
                  spec().objective);
    store.finish(claims);
  }
};
NASNET_ON_BOTH_STORES(StudyDrivers);

TEST_P(StudyDrivers, SteppedByHandProposeWhatASearchDoes) {
  for (const StrategyKind strategy : {StrategyKind::kPpo, StrategyKind::kEvolution}) {
    settings_.strategy = strategy;
    const std::string name = to_text(strategy);
    const StudyResult searched = search(name);
    const auto store = open(name + "_stepped");
    StudyDriver driver(*store, spec());
    while (!driver.step().complete) evaluate(*store, driver, 3);
    EXPECT_EQ(driver.status().finished, driver.status().total);
    expect_same(read_study(*store, spec()), searched);
  }
}

TEST_P(StudyDrivers, StopAtRungsAndTrainTheBestAgain) {
  epochs_ = 9;
  settings_.halving.first_rung = 1;
  settings_.seeds = 2;
  settings_.sample = 3;
  const StudyResult searched = search("searched");
  ASSERT_FALSE(searched.retrain.empty());
  const auto store = open("stepped");
  StudyDriver driver(*store, spec());
  while (!driver.step().complete) evaluate(*store, driver, 5);
  expect_same(read_study(*store, spec()), searched);
}

TEST_P(StudyDrivers, AreResumedByTheNext) {
  const StudyResult searched = search("searched");
  const auto store = open("stepped");
  bool complete = false;
  for (int life = 0; !complete; ++life) {
    ASSERT_LT(life, 1000);
    StudyDriver driver(*store, spec());
    for (int step = 0; step < 2 && !complete; ++step) {
      complete = driver.step().complete;
      evaluate(*store, driver, 7);
      store->claim(driver.own_crew(), 1);  // in work when this one goes
    }
  }
  expect_same(read_study(*store, spec()), searched);
}

TEST_P(StudyDrivers, SayWhetherAnythingHasChanged) {
  const auto store = open("s");
  StudyDriver driver(*store, spec());
  EXPECT_TRUE(driver.step().changed) << "it proposes";
  EXPECT_FALSE(driver.step().changed) << "nobody has evaluated anything";
  evaluate(*store, driver, 2);  // one of each arm
  EXPECT_TRUE(driver.step().changed);
  EXPECT_EQ(driver.status().finished, 2);
  EXPECT_TRUE(driver.status().best);
}

}  // namespace
}  // namespace nasnet::search
