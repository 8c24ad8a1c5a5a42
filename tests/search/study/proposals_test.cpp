#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/search/study/study_fixture.h"

namespace nasnet::search {
namespace {

class Proposals : public ToyStudies {
 protected:
  /// Of all that both arms have proposed, in order.
  std::string digest(StrategyKind strategy) {
    settings_.strategy = strategy;
    const StudyResult result = run_in_process(to_text(strategy));
    std::string text;
    for (const auto* trials : {&result.search, &result.baseline})
      for (const Trial& trial : *trials) text += fmt::format("{}\n", trial.choices);
    return fmt::format("{:016x}", hash64(text));
  }
};
NASNET_ON_BOTH_STORES(Proposals);

/// The digests are those of version 0.1, whose evaluators gave the reward itself.
TEST_P(Proposals, ForOneGoalAreThoseOfOldStudies) {
  const std::map<StrategyKind, std::string> expected = {
      {StrategyKind::kPpo, "f75d30872264c120"},
      {StrategyKind::kReinforce, "3f63697318432d6e"},
      {StrategyKind::kEvolution, "c71ee9e080333a99"},
      {StrategyKind::kBananas, "36980a246bd72c1e"},
      {StrategyKind::kRandom, "b441a5e36065b1e3"}};
  for (const auto& [strategy, name] : names_of(StrategyKind{}))
    EXPECT_EQ(digest(strategy), expected.at(strategy)) << name;
}

TEST_P(Proposals, ForOneGoalWithRungsAreThoseOfOldStudies) {
  epochs_ = 9;
  settings_.halving.first_rung = 1;
  const std::map<StrategyKind, std::string> expected = {
      {StrategyKind::kPpo, "da53f3636b428a3a"},
      {StrategyKind::kReinforce, "06fa6c04eaed82e2"},
      {StrategyKind::kEvolution, "5a31d6be69c9a81c"},
      {StrategyKind::kBananas, "094f70b562d96c12"},
      {StrategyKind::kRandom, "f6ef9aec1e74fe09"}};
  for (const auto& [strategy, name] : names_of(StrategyKind{}))
    EXPECT_EQ(digest(strategy), expected.at(strategy)) << name;
}

}  // namespace
}  // namespace nasnet::search
