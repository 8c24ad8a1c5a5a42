#include "nasnet/search/workers/crew.h"

#include <map>

#include "tests/search/store/forwarding_database.h"
#include "tests/search/store/stores.h"

namespace nasnet::search {
namespace {

/// Loses its connection when told to: after the next commit, whose answer it swallows.
class LossyDatabase : public ForwardingDatabase {
 public:
  LossyDatabase(std::unique_ptr<Database> inner, bool& lose)
      : ForwardingDatabase(std::move(inner)), lose_(lose) {}
  void commit() override {
    ForwardingDatabase::commit();
    if (std::exchange(lose_, false)) throw ConnectionLost("the cable is out");
  }

 private:
  bool& lose_;
};

/// Ends each trial when told to, and counts how often each was started.
class Puppet : public TaskRunner {
 public:
  int64_t room() override { return 2 - static_cast<int64_t>(working.size()); }
  void start(const Task& task) override {
    ASSERT_GT(room(), 0) << "trial " << task.number;
    ++starts[task.number];
    working.push_back(task);
  }
  std::optional<Finished> wait(double) override {
    const auto found = std::find_if(working.begin(), working.end(),
                                    [&](const Task& task) { return task.number == ending; });
    if (found == working.end()) return std::nullopt;
    Finished finished{*found, Measurements{{kAccuracy, 0.5}}, Cause::kNone, "", {}};
    working.erase(found);
    return finished;
  }
  Cost cost(const Task&) const override { return {}; }
  void drop(const Task& task) override {
    std::erase_if(working, [&](const Task& other) { return is_same_attempt(other, task); });
  }
  std::vector<Finished> cancel() override { return {}; }
  int64_t images() const override { return 0; }

  std::vector<Task> working;
  std::map<int64_t, int> starts;
  int64_t ending = -1;
};

class Crews : public OnBothStores {};
NASNET_ON_BOTH_STORES(Crews);

TEST_P(Crews, StartNoTrialTwiceWhereTheAnswerToAClaimIsLost) {
  open("s");
  bool lose = false;
  Store store(std::make_unique<LossyDatabase>(
                  is_postgres() ? open_postgres(url(), study("s"), OpenMode::kWork, 10)
                                : open_sqlite(study("s"), OpenMode::kWork),
                  lose),
              10);
  propose(store, 4);

  Puppet puppet;
  Crew crew(store, puppet, {}, this_owner(Role::kWorker));
  puppet.ending = 1;  // its result waits for company while trial 0 is still in work
  crew.turn(0);
  lose = true;
  crew.wake();
  crew.turn(0);
  for (int64_t i = 0; i < 4; ++i) {
    puppet.ending = i;
    crew.wake();
    crew.turn(0);
  }
  crew.leave();
  EXPECT_EQ(puppet.starts, (std::map<int64_t, int>{{0, 1}, {1, 1}, {2, 1}, {3, 1}}));
  for (const Trial& trial : store.trials(kSearchArm, 0, 4))
    EXPECT_EQ(trial.state, TrialState::kDone) << trial.number;
}

TEST_P(Crews, BeginAnewWithATrialThatWasTakenBackAndCameToThemAgain) {
  const auto store = open("s");
  propose(*store, 1);
  Puppet puppet;
  Crew crew(*store, puppet, {}, this_owner(Role::kWorker));
  crew.turn(0);
  ASSERT_EQ(puppet.working.size(), 1u);
  const TrialStatus held = store->statuses(kSearchArm, 0, 1).at(0);
  // The driver has not heard of the crew for too long; then the crew wakes up.
  Trial trial = store->trials(kSearchArm, 0, 1).at(0);
  note_failure(trial, Cause::kKilled, "silent", {});
  ASSERT_TRUE(store->finish({{trial, held.token}}).at(0));
  crew.wake();
  crew.turn(0);
  ASSERT_EQ(puppet.working.size(), 1u);
  EXPECT_EQ(puppet.starts[0], 2);
  EXPECT_GT(puppet.working[0].token, held.token);
  puppet.ending = 0;
  crew.turn(0);
  crew.leave();
  EXPECT_EQ(store->statuses(kSearchArm, 0, 1).at(0).state, TrialState::kDone);
}

TEST_P(Crews, RetryAsTheStudysDriverSaysNow) {
  struct Failing : Puppet {
    std::optional<Finished> wait(double) override {
      if (working.empty()) return std::nullopt;
      Finished finished{working.back(), std::nullopt, Cause::kException, "no luck", {}};
      working.pop_back();
      return finished;
    }
  } failing;
  const auto store = open("s");
  propose(*store, 1);
  Crew crew(*store, failing, {}, this_owner(Role::kWorker));
  RetrySettings retry;
  retry.exception = 1;
  crew.go_on_by({retry, {}});
  for (int k = 0; k < 4; ++k) {
    crew.wake();
    crew.turn(0);
  }
  crew.leave();
  const Trial trial = store->trials(kSearchArm, 0, 1).at(0);
  EXPECT_EQ(trial.state, TrialState::kFailed);
  EXPECT_EQ(trial.failures.at("exception"), 2);
}

}  // namespace
}  // namespace nasnet::search
