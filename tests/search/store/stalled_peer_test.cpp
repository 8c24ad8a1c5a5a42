#include <gtest/gtest.h>

#include "tests/search/store/stores.h"

namespace nasnet::search {
namespace {

class SlowStalledPeer : public OnBothStores {};
INSTANTIATE_TEST_SUITE_P(, SlowStalledPeer, testing::Values("Postgres"),
                         [](const auto& info) { return std::string(info.param); });

/// A worker may be stopped, or its machine's network cut, in the middle of a transaction: the rows
/// that it has locked would then be out of the driver's reach for as long.
TEST_P(SlowStalledPeer, LosesItsTransactionAndItsLocks) {
  const auto store = open("s");
  propose(*store, 1);
  Claim claim = store->claim(owner("stalled"), 1).at(0);

  const auto peer = open_postgres(url(), study("s"), OpenMode::kWork, 10);
  peer->begin(false);
  ASSERT_EQ(peer->run("UPDATE trials SET beat = beat + 1").changed, 1);
  claim.trial.state = TrialState::kPending;
  EXPECT_EQ(store->finish({claim}), std::vector<bool>{true}) << "the driver takes it back";
  EXPECT_GT(store->claim(owner("other"), 1).at(0).token, claim.token);

  EXPECT_THROW(peer->run("UPDATE trials SET beat = beat + 1"), ConnectionLost);
  peer->rollback();
  EXPECT_EQ(peer->reconnect(), Database::Connection::kGood);
}

}  // namespace
}  // namespace nasnet::search
