#include "nasnet/search/workers/work_loop.h"

#include <csignal>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/search/evaluators/evaluator.h"
#include "nasnet/search/workers/task_runner.h"
#include "tests/search/store/stores.h"

namespace nasnet::search {
namespace {

/// Gives each candidate the same reward, and calls a function before.
class Plain : public Evaluator {
 public:
  explicit Plain(std::function<void()> before = [] {}) : before_(std::move(before)) {}
  Measurements evaluate(const Task&, const std::function<void(int64_t)>&) override {
    before_();
    return {{kAccuracy, 0.5}};
  }

 private:
  std::function<void()> before_;
};

WorkLoop loop(double patience) {
  return {.patience = patience, .read_terms = [] { return CrewTerms(); }, .tell = {}};
}

class WorkLoops : public OnBothStores {};
NASNET_ON_BOTH_STORES(WorkLoops);

TEST_P(WorkLoops, EndWithTheStudy) {
  const auto store = open("s");
  propose(*store, 4);
  Plain evaluator([&, count = 0]() mutable {
    if (++count == 4) store->set_state(StudyState::kComplete);
  });
  InProcessRunner runner(evaluator);
  Crew crew(*store, runner, {}, this_owner(Role::kWorker));
  const WorkEnd end = work_on(*store, crew, loop(60));
  EXPECT_EQ(end.trials, 4);
  EXPECT_EQ(end.reason, "the study is complete");
  for (const Trial& trial : store->trials(kSearchArm, 0, 4))
    EXPECT_EQ(trial.state, TrialState::kDone) << trial.number;
}

TEST_P(WorkLoops, EndWhereTheBudgetIsSpent) {
  const auto store = open("s");
  store->set_state(StudyState::kSpent);
  Plain evaluator;
  InProcessRunner runner(evaluator);
  Crew crew(*store, runner, {}, this_owner(Role::kWorker));
  EXPECT_EQ(work_on(*store, crew, loop(60)).reason, "the study's budget is spent");
}

TEST_P(WorkLoops, WaitNoLongerThanTheirPatience) {
  const auto store = open("s");
  Plain evaluator;
  InProcessRunner runner(evaluator);
  Crew crew(*store, runner, {}, this_owner(Role::kWorker));
  const WorkEnd end = work_on(*store, crew, loop(2));
  EXPECT_EQ(end.trials, 0);
  EXPECT_EQ(end.reason, "there was no work for 2 s");
}

TEST_P(WorkLoops, GiveTheirTrialsBackWhereTheyAreInterrupted) {
  const auto store = open("s");
  propose(*store, 3);
  catch_interrupts();
  Plain evaluator([count = 0]() mutable {
    if (++count == 2) ::raise(SIGTERM);
  });
  InProcessRunner runner(evaluator, 2);
  Crew crew(*store, runner, {}, this_owner(Role::kWorker));
  EXPECT_EQ(message_of<Interrupted>([&] { work_on(*store, crew, loop(60)); }),
            "stopped after 2 trials; those in work were given back");
  catch_interrupts();  // clears the flag
  std::map<TrialState, int> states;
  for (const Trial& trial : store->trials(kSearchArm, 0, 3)) ++states[trial.state];
  EXPECT_EQ(states, (std::map<TrialState, int>{{TrialState::kDone, 2}, {TrialState::kPending, 1}}));
}

}  // namespace
}  // namespace nasnet::search
