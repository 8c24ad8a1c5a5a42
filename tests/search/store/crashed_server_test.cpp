#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/search/store/stores.h"

namespace nasnet::search {
namespace {

class CrashedServer : public OnBothStores {};
INSTANTIATE_TEST_SUITE_P(, CrashedServer, testing::Values("Postgres"),
                         [](const auto& info) { return std::string(info.param); });

/// A worker's first claim may be lost with the server, but the worker goes on: of what it claims
/// then, its driver must be able to tell at once that it has died, and not after a lease alone.
TEST_P(CrashedServer, KnowsTheOwnersOfTrialsThatAreClaimedAfterIt) {
  for (int round = 0; round < 4; ++round) {
    const auto store = open(fmt::format("s{}", round));
    propose(*store, 4);
    const Owner worker = owner(fmt::format("worker {}", round));
    store->claim(worker, 1);
    shared_postgres()->kill();
    shared_postgres()->start();
    EXPECT_FALSE(store->claim(worker, 4).empty());
    for (const TrialStatus& status : store->statuses(kSearchArm, 0, 4)) {
      if (status.state == TrialState::kRunning) {
        EXPECT_EQ(status.owner, worker) << "round " << round;
      }
    }
  }
}

}  // namespace
}  // namespace nasnet::search
