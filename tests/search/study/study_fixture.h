#pragma once

#include <string>
#include <vector>

#include "nasnet/search/study/study.h"
#include "tests/search/store/stores.h"
#include "tests/search/strategies/toy_space.h"

namespace nasnet::search {

inline StudySettings toy_settings() {
  StudySettings settings;
  settings.trials = 60;
  settings.generation = 8;
  settings.strategies.ppo.minibatch = 8;
  settings.strategies.ppo.hidden = 10;
  settings.retry.killed = 1000;
  return settings;
}

inline void expect_same(const std::vector<Trial>& a, const std::vector<Trial>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].number, b[i].number);
    EXPECT_EQ(a[i].choices, b[i].choices) << i;
    EXPECT_EQ(a[i].state, b[i].state) << i << ": " << a[i].message << " | " << b[i].message;
    EXPECT_EQ(a[i].repeats, b[i].repeats) << i;
    EXPECT_EQ(a[i].rungs, b[i].rungs) << i;
    EXPECT_EQ(a[i].reward, b[i].reward) << i;
    EXPECT_EQ(a[i].measurements, b[i].measurements) << i;
  }
}

inline void expect_same(const StudyResult& a, const StudyResult& b) {
  expect_same(a.search, b.search);
  expect_same(a.baseline, b.baseline);
  expect_same(a.retrain, b.retrain);
  expect_same(a.sample, b.sample);
}

/// Studies of the toy space on both kinds of store.
class ToyStudies : public OnBothStores {
 protected:
  StudySpec spec() const { return {space_, settings_, 5, epochs_}; }
  StudyResult run(const std::string& name, TaskRunner& runner, const StudyBudget& budget = {}) {
    const auto store = open(name);
    return run_study(*store, spec(), budget, {&runner, {}});
  }
  StudyResult run_in_process(const std::string& name) {
    ToyEvaluator evaluator(space_);
    InProcessRunner runner(evaluator, 16);
    return run(name, runner);
  }

  ToySpace space_{2, 4};
  StudySettings settings_ = toy_settings();
  int64_t epochs_ = 0;
};

}  // namespace nasnet::search
