#include <algorithm>

#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

using nlohmann::json;

/// Searches whose rungs rank by another measurement than the reward.
class SearchRungs : public Searches {
 protected:
  static Arguments by(const std::string& study, const std::string& name, Flags more = {}) {
    more.insert({{"--first-rung", "1"}, {"--epochs", "3"}, {"--generation", "6"}});
    if (!name.empty()) more["--rung-by"] = name;
    return search(study, more);
  }
  void expect_refusal(const Arguments& arguments, const std::string& part) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in " << outcome.err;
  }
};

TEST_F(SearchRungs, TrainThoseOnThatTheMeasurementRanksFirst) {
  const json study = last_json(run(by("s.db", "train_loss_sum")));
  EXPECT_EQ(findings(run(by("two.db", "train_loss_sum", {{"--workers", "2"}}))),
            findings(run(by("one.db", "train_loss_sum", {{"--workers", "1"}}))));
  for (const char* arm : {"trials", "baseline"}) {
    // Two of six go on; the others' sums are those of one epoch.
    std::vector<double> stopped;
    int64_t went_on = 0;
    for (const json& trial : study.at(arm)) {
      if (trial.contains("repeats")) continue;
      const json& measured = trial.at("measurements");
      if (trial.contains("rungs")) {
        ++went_on;
        EXPECT_GT(measured.at("train_loss_sum"), measured.at("train_loss"));
      } else {
        stopped.push_back(measured.at("train_loss_sum"));
        EXPECT_EQ(measured.at("train_loss_sum"), measured.at("train_loss"));
      }
    }
    EXPECT_GE(went_on, 1);
    EXPECT_GE(stopped.size(), 2u);
  }
}

TEST_F(SearchRungs, RefuseInOneLineWhatCannotRank) {
  expect_refusal(search("s.db", {{"--rung-by", "train_loss"}}), "add --first-rung");
  expect_refusal(by("s.db", "train_los"), "did you mean 'train_loss'?");
  expect_refusal(by("s.db", "batch_parts"), "give \"maximize batch_parts\"");
  expect_refusal(by("s.db", "train_loss", {{"--objective", "accuracy, parameters <= 3M"}}),
                 "rungs rank by the objective where it has limits");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "s.db"));
}

}  // namespace
}  // namespace nasnet::test
