#include "nasnet/dashboard/workers_json.h"

#include "tests/search/store/stores.h"

namespace nasnet::dashboard {
namespace {

using nlohmann::ordered_json;

class Workers : public search::OnBothStores {};
NASNET_ON_BOTH_STORES(Workers);

TEST_P(Workers, HaveRatesOfTheirLatestTrials) {
  const auto store = open("s");
  search::propose(*store, 6);
  const search::Owner busy = search::owner("busy"), slow = search::owner("slow");
  std::vector<search::Claim> ended = store->claim(busy, 3);
  const std::vector<search::Claim> others = store->claim(slow, 2);
  ended.push_back(others[0]);
  for (search::Claim& claim : ended) {
    claim.trial.state = search::TrialState::kDone;
    claim.trial.cost.core_seconds = 10;
  }
  store->finish(ended);
  std::vector<ArmColumns> arms(1);
  arms[0].arm = search::kSearchArm;
  refresh(arms[0], *store);
  EXPECT_EQ(workers_json(*store, {}).size(), 1u) << "those that hold a trial";

  const double first = arms[0].finished[0];
  arms[0].finished.back() = first + 100;  // another one's, a while later
  const ordered_json list = workers_json(*store, arms);
  ASSERT_EQ(list.size(), 2u) << list;
  EXPECT_EQ(list[0].at("owner"), to_text(busy));
  EXPECT_EQ(list[0].at("trials"), 0);
  EXPECT_DOUBLE_EQ(list[0].at("trials_per_hour"), 72) << "two in 100 seconds after the first";
  EXPECT_DOUBLE_EQ(list[0].at("cores_busy"), 0.2);
  EXPECT_EQ(list[1].at("owner"), to_text(slow));
  EXPECT_EQ(list[1].at("trials"), 1);
  EXPECT_TRUE(list[1].at("trials_per_hour").is_null()) << "one trial tells no rate";

  arms[0].finished.back() = first + kRecent + 60;
  const ordered_json later = workers_json(*store, arms);
  ASSERT_EQ(later.size(), 1u) << later;
  EXPECT_EQ(later[0].at("owner"), to_text(slow)) << "which still holds one";
}

}  // namespace
}  // namespace nasnet::dashboard
