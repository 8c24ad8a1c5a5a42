#include <gtest/gtest.h>

#include "nasnet/base/unix_time.h"
#include "tests/search/store/stores.h"

namespace nasnet::search {
namespace {

/// The traces that trials and policies leave for who looks at them.
class Traces : public OnBothStores {
 protected:
  static Claim ended(Claim claim, TrialState state, const TrialTrace& trace) {
    claim.trial.state = state;
    claim.trial.reward = 0.5;
    claim.trace = trace;
    return claim;
  }
};
NASNET_ON_BOTH_STORES(Traces);

TEST_P(Traces, OfATrialAreItsLatestAttempts) {
  const auto store = open("s");
  propose(*store, 2);
  EXPECT_EQ(store->trace(kSearchArm, 0).finished, 0);
  EXPECT_EQ(store->trace(kSearchArm, 7).finished, 0) << "there is no such trial";
  const TrialTrace failed{0, {{1, 2.5, 0.125}}, std::string("cut \xff\0off", 9)};
  const double before = unix_seconds();
  store->finish({ended(store->claim(owner("a"), 1).at(0), TrialState::kPending, failed)});
  const TrialTrace first = store->trace(kSearchArm, 0);
  EXPECT_EQ(first.curve, failed.curve);
  EXPECT_EQ(first.log, "cut \xef\xbf\xbd off");
  EXPECT_GE(first.finished, before);
  EXPECT_LE(first.finished, unix_seconds());

  const TrialTrace done{0, {{1, 2.5, 0.125}, {2, 1.0 / 3, 1e-17}}, ""};
  store->finish({ended(store->claim(owner("b"), 1).at(0), TrialState::kDone, done)});
  const TrialTrace second = store->trace(kSearchArm, 0);
  EXPECT_EQ(second.curve, done.curve) << "to the last digit";
  EXPECT_EQ(second.log, "");
  EXPECT_GE(second.finished, first.finished);
  EXPECT_EQ(store->outcomes(kSearchArm, 0, 2).at(0).finished, second.finished);
  EXPECT_EQ(store->outcomes(kSearchArm, 0, 2).at(1).finished, 0);
}

TEST_P(Traces, OfAResultThatIsRefusedAreRefusedToo) {
  const auto store = open("s");
  propose(*store, 1);
  const Claim slow = store->claim(owner("slow"), 1).at(0);
  store->finish({ended(slow, TrialState::kPending, {})});
  const Claim quick = store->claim(owner("quick"), 1).at(0);
  EXPECT_EQ(store->finish({ended(slow, TrialState::kDone, {0, {{1, 9, 9}}, ""})}),
            std::vector<bool>{false});
  EXPECT_TRUE(store->trace(kSearchArm, 0).curve.empty());
  store->finish({ended(quick, TrialState::kFailed, {0, {}, std::string(20000, 'x') + "end"})});
  const std::string log = store->trace(kSearchArm, 0).log;
  EXPECT_EQ(log.size(), 8000u);
  EXPECT_TRUE(log.ends_with("xend")) << "the end of a log tells most";
}

TEST_P(Traces, OfPoliciesComeOncePerGeneration) {
  const auto store = open("s");
  EXPECT_TRUE(store->policies(kSearchArm).empty());
  const PolicyRecord first{0, 1, {{0.5, 0.5}, {0.25, 0.25, 0.5}}},
      second{2, 0.75, {{0.12345, 0.87655}, {0, 0, 1}}};
  store->advance({record(0), record(1), {}, {trial(0), trial(1)}, first});
  store->advance({record(1), record(2), {}, {trial(2), trial(3)}, second});
  store->advance({record(1), record(2), {}, {trial(2), trial(3)}, first});  // it is done already
  const std::vector<PolicyRecord> policies = store->policies(kSearchArm);
  ASSERT_EQ(policies.size(), 2u);
  EXPECT_EQ(policies[0], first);
  EXPECT_EQ(policies[1].trials, 2);
  EXPECT_EQ(policies[1].entropy, 0.75);
  EXPECT_EQ(policies[1].probabilities,
            (std::vector<std::vector<double>>{{0.1235, 0.8766}, {0, 0, 1}}));
  EXPECT_TRUE(store->policies(kBaselineArm).empty());
}

}  // namespace
}  // namespace nasnet::search
