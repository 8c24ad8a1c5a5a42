#include "nasnet/search/study/awaited_trials.h"

#include <chrono>
#include <thread>

#include "tests/search/store/stores.h"

namespace nasnet::search {
namespace {

class Awaited : public OnBothStores {
 protected:
  static void sleep(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  }
};
NASNET_ON_BOTH_STORES(Awaited);

TEST_P(Awaited, CountASilenceOnlyWhileTheyCanListen) {
  const auto store = open("s");
  propose(*store, 1);
  const LeaseSettings lease{owner("me"), 0.5, {}};
  AwaitedTrials awaited(*store, kSearchArm, lease);
  awaited.open(0, 1);
  ASSERT_EQ(store->claim(owner("far away"), 1).size(), 1u);
  awaited.refresh();
  EXPECT_EQ(awaited.at(0).state, TrialState::kRunning);
  // As when the store is out of reach for all.
  sleep(0.8);
  awaited.refresh();
  EXPECT_EQ(awaited.at(0).state, TrialState::kRunning);
  for (int k = 0; k < 100 && awaited.at(0).state == TrialState::kRunning; ++k) {
    sleep(0.02);
    awaited.refresh();
  }
  EXPECT_EQ(awaited.at(0).state, TrialState::kPending);
  EXPECT_EQ(awaited.at(0).failures.at("killed"), 1);
}

TEST_P(Awaited, KeepTheTrialsOfWhoBeats) {
  const auto store = open("s");
  propose(*store, 1);
  const LeaseSettings lease{owner("me"), 0.2, {}};
  AwaitedTrials awaited(*store, kSearchArm, lease);
  awaited.open(0, 1);
  const std::vector<Claim> claims = store->claim(owner("far away"), 1);
  for (int k = 0; k < 25; ++k) {
    sleep(0.02);
    store->beat(claims);
    awaited.refresh();
    ASSERT_EQ(awaited.at(0).state, TrialState::kRunning);
  }
}

}  // namespace
}  // namespace nasnet::search
