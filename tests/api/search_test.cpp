#include <gtest/gtest.h>
#include <nasnet/error.h>
#include <nasnet/search.h>

#include <algorithm>
#include <cmath>

#include "tests/search/store/stores.h"

namespace nasnet {
namespace {

/// The share of a candidate's operations that are 3x3 separable convolutions.
double separable_share(const Candidate& candidate) {
  int all = 0, wanted = 0;
  for (const Cell* cell : {&candidate.genotype.normal, &candidate.genotype.reduction})
    for (const Block& block : cell->blocks)
      for (const std::string& operation : {block.left_operation, block.right_operation}) {
        ++all;
        wanted += operation == "sep_conv_3x3";
      }
  return static_cast<double>(wanted) / all;
}

class OwnSearch : public search::WithFolder {
 protected:
  OwnSearch() {
    options_.settings = {{"trials", 40},
                         {"generation", 5},
                         {"strategy", "evolution"},
                         {"population", 10},
                         {"blocks", 2}};
  }
  Study search(const std::string& study, const Reward& reward = separable_share) {
    return run_search(file(study), reward, options_);
  }
  static std::vector<Genotype> genotypes(Study study) {
    std::vector<Genotype> all;
    for (const Trial& trial : study.trials()) all.push_back(trial.genotype.value());
    return all;
  }

  SearchOptions options_;
};

TEST_F(OwnSearch, FindsBetterCellsThanChance) {
  options_.settings["trials"] = 120;
  options_.settings["operations"] =
      std::vector<std::string>{"identity", "max_pool_3x3", "sep_conv_3x3", "sep_conv_5x5"};
  Study study = search("a.db");
  EXPECT_TRUE(study.is_complete());
  ASSERT_EQ(study.trials().size(), 120u);
  const Trial best = study.best(1).at(0);
  EXPECT_EQ(best.reward, separable_share({*best.genotype, "search", best.number, 1}));
  EXPECT_GT(*best.reward, *study.best(1, "baseline").at(0).reward);
}

TEST_F(OwnSearch, KeepsTheLimitsOfItsObjective) {
  options_.settings["objective"] = "maximize share, blocks_used <= 1";
  const Measure measure = [](const Candidate& candidate) {
    const double outputs = static_cast<double>(candidate.genotype.normal.outputs.size());
    return std::map<std::string, double>{{"share", separable_share(candidate)},
                                         {"blocks_used", outputs}};
  };
  Study study = run_search(file("a.db"), measure, options_);
  EXPECT_EQ(study.settings().at("objective"), "maximize share, blocks_used <= 1");
  int64_t beyond = 0;
  for (const Trial& trial : study.trials()) {
    EXPECT_EQ(trial.within_limits, trial.measurements.at("blocks_used") <= 1);
    beyond += !trial.within_limits;
    EXPECT_EQ(*trial.reward, trial.within_limits ? trial.measurements.at("share") : -0.5);
  }
  EXPECT_GT(beyond, 0);
  for (const Trial& trial : study.best(100)) EXPECT_TRUE(trial.within_limits);
  EXPECT_EQ(study.best(1).at(0).measurements.size(), 2u);
}

TEST_F(OwnSearch, GoesOnAsIfItHadNotBeenStopped) {
  int calls = 0;
  options_.stop = [&] { return calls >= 13; };
  EXPECT_THROW(search("a.db",
                      [&](const Candidate& candidate) {
                        ++calls;
                        return separable_share(candidate);
                      }),
               Interrupted);
  EXPECT_EQ(calls, 13);
  options_.stop = {};
  EXPECT_EQ(genotypes(search("a.db")), genotypes(search("b.db")));
}

TEST_F(OwnSearch, CandidatesAreToldApartBySeedArmAndNumber) {
  options_.seed = 7;
  options_.settings["trials"] = 5;
  std::vector<std::pair<std::string, int64_t>> seen;
  search("a.db", [&](const Candidate& candidate) {
    EXPECT_EQ(candidate.seed, 7u);
    seen.emplace_back(candidate.arm, candidate.number);
    return 0.5;
  });
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(seen.front().first, "baseline");
  EXPECT_EQ(seen.back(), (std::pair<std::string, int64_t>("search", 4)));
}

TEST_F(OwnSearch, ShowsHowFarItIs) {
  SearchProgress last;
  options_.show = [&](const SearchProgress& progress) { last = progress; };
  Study study = search("a.db");
  EXPECT_EQ(last.finished, 80);
  EXPECT_EQ(last.total, 80);
  EXPECT_EQ(last.best, study.best(1).at(0).reward);
}

TEST_F(OwnSearch, WhatARewardThrowsIsTheCauseOfAFailedTrial) {
  const auto reward = [](const Candidate& candidate) {
    if (candidate.number == 1) throw std::runtime_error("it exploded");
    return candidate.number == 2 ? std::nan("") : 0.5;
  };
  Study study = search("a.db", reward);
  const std::vector<Trial> trials = study.trials();
  EXPECT_EQ(trials[1].state, "failed");
  EXPECT_EQ(trials[1].failure, "it exploded");
  EXPECT_EQ(trials[2].failure, "the reward is not a number");
  EXPECT_EQ(trials[3].state, "done");

  options_.settings["retry_failed"] = true;
  EXPECT_EQ(search("a.db").trials()[1].state, "done");
}

TEST_F(OwnSearch, ARewardThatAlwaysFailsEndsIt) {
  const auto reward = [](const Candidate&) -> double { throw std::runtime_error("no data"); };
  EXPECT_NE(search::message_of([&] { search("a.db", reward); }).find("cause: no data;"),
            std::string::npos);
}

TEST_F(OwnSearch, SettingsAreThoseOfTheProgram) {
  const std::vector<SettingFacts> facts = search_settings();
  const auto trials = std::ranges::find(facts, "trials", &SettingFacts::name);
  ASSERT_NE(trials, facts.end());
  EXPECT_EQ(trials->value, "100");
  EXPECT_EQ(trials->range, "1 to 1000000000");
  for (const std::string name : {"data", "epochs", "workers", "first_rung"})
    EXPECT_EQ(std::ranges::find(facts, name, &SettingFacts::name), facts.end()) << name;
}

TEST_F(OwnSearch, MistakesAreNamed) {
  const auto refusal = [&] { return search::message_of<InputError>([&] { search("a.db"); }); };
  options_.settings = {{"trails", 5}};
  EXPECT_EQ(refusal(), "unknown setting 'trails'; did you mean 'trials'?");
  options_.settings = {{"trials", 0}};
  EXPECT_NE(refusal().find("trials"), std::string::npos) << refusal();
  options_.settings = {{"trials", "many"}};
  EXPECT_NE(refusal().find("trials"), std::string::npos) << refusal();
  options_.settings = {{"objective", "parameters <= 3M"}};
  EXPECT_NE(refusal().find("names limits only"), std::string::npos) << refusal();
  EXPECT_FALSE(std::filesystem::exists(file("a.db")));
  options_.settings = {{"objective", "accuracy"}};
  EXPECT_NE(search::message_of([&] { search("b.db"); }).find("choose from reward"),
            std::string::npos);

  options_.settings = {{"trials", 5}};
  options_.measure = "share of separable convolutions";
  search("a.db");
  options_.measure = "another";
  EXPECT_NE(refusal().find("share of separable"), std::string::npos) << refusal();
  options_.measure = "share of separable convolutions";
  options_.seed = 2;
  EXPECT_NE(refusal().find("seed"), std::string::npos) << refusal();
}

class OwnSearchOnBothStores : public search::OnBothStores {};

TEST_P(OwnSearchOnBothStores, IsKeptAndReadThere) {
  SearchOptions options;
  options.settings = {{"trials", 6}, {"generation", 3}, {"blocks", 2}, {"strategy", "random"}};
  options.store = url();
  const std::vector<Trial> trials = run_search(study("own"), separable_share, options).trials();
  Study again = Study::open(study("own"), url());
  ASSERT_EQ(again.trials().size(), 6u);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(again.trials()[i].genotype, trials[i].genotype);
  EXPECT_TRUE(again.trials("baseline").empty()) << "that of random search is itself";
}

NASNET_ON_BOTH_STORES(OwnSearchOnBothStores);

}  // namespace
}  // namespace nasnet
