#include <fmt/format.h>

#include <map>
#include <set>

#include "nasnet/search/goals/hypervolume.h"
#include "nasnet/search/study/front_findings.h"
#include "nasnet/search/study/judge_again.h"
#include "nasnet/search/study/score_findings.h"
#include "nasnet/search/study/settle_goals.h"
#include "nasnet/search/study/stored_study.h"
#include "nasnet/search/study/study_driver.h"
#include "tests/search/study/search_cases.h"

namespace nasnet::search {
namespace {

class GoalStudies : public ToyStudies {
 protected:
  GoalStudies() {
    settings_.strategy = StrategyKind::kEvolution;
    settings_.strategies.evolution.front_population = 16;
    settings_.strategies.evolution.front_sample = 4;
    settings_.goals = {kAccuracy, "minimize size"};
    settings_.reference = {"accuracy=0", "size=25"};
  }
  StudySpec counted_spec() const {
    StudySpec spec{space_, settings_, 5, epochs_};
    spec.counter = std::make_shared<SizeCounter>();
    return spec;
  }
  StudyResult search(const std::string& name, const std::function<bool()>& stop = {},
                     bool make = true) {
    CountedEvaluator evaluator(space_);
    InProcessRunner runner(evaluator, 16);
    const auto store = open(name, make);
    return run_study(*store, counted_spec(), {}, {&runner, {}, stop});
  }
  std::string refusal(SearchSettings settings) {
    CountedEvaluator evaluator(space_);
    return message_of<InputError>([&] { settle_goals(settings, evaluator, space_, 5); });
  }
  SearchSettings given(std::vector<std::string> goals, std::vector<std::string> limits,
                       std::vector<std::string> reference = {}) {
    SearchSettings settings;
    settings.study.strategy = StrategyKind::kBananas;
    settings.study.goals = std::move(goals);
    settings.study.limits = std::move(limits);
    settings.study.reference = std::move(reference);
    return settings;
  }
};
NASNET_ON_BOTH_STORES(GoalStudies);

TEST_P(GoalStudies, ProposeNothingBeyondALimit) {
  settings_.goals = settings_.reference = {};
  for (const std::string& strategy : names_of_all<StrategyKind>()) {
    const auto kind = parse_enum<StrategyKind>(strategy, "strategy");
    settings_.strategy = kind;
    settings_.limits = {"size=14"};
    const StudyResult result = search("s" + to_text(kind));
    std::set<double> sizes;
    for (const auto* trials : {&result.search, &result.baseline})
      for (const Trial& trial : *trials) sizes.insert(trial.measurements.at("size"));
    EXPECT_LE(*sizes.rbegin(), 14) << to_text(kind);
    EXPECT_GT(sizes.size(), 3u) << to_text(kind);
  }
}

TEST_P(GoalStudies, WithALimitThatAllKeepAreTheSameAsWithout) {
  settings_.goals = settings_.reference = {};
  for (const std::string& strategy : names_of_all<StrategyKind>()) {
    const auto kind = parse_enum<StrategyKind>(strategy, "strategy");
    settings_.strategy = kind;
    settings_.limits = {};
    const StudyResult without = search("a" + to_text(kind));
    settings_.limits = {"size=1000"};
    expect_same(without, search("b" + to_text(kind)));
  }
}

TEST_P(GoalStudies, FindAFrontThatNoTrialDominates) {
  for (const StrategyKind kind :
       {StrategyKind::kEvolution, StrategyKind::kBananas, StrategyKind::kRandom}) {
    settings_.strategy = kind;
    settings_.trials = 120;
    const StudyResult result = search("s" + to_text(kind));
    const FrontFindings found = find_fronts(result);
    const Goals& goals = result.objective.goals();
    ASSERT_FALSE(found.search.members.empty());
    std::vector<Losses> all;
    for (const Trial& trial : result.search) all.push_back(goals.losses(trial.measurements));
    for (const Trial& member : found.search.members)
      for (const Losses& other : all)
        EXPECT_FALSE(dominates(other, goals.losses(member.measurements)));
    EXPECT_EQ(found.search.hypervolume, hypervolume(all, {0, 25}));
    const auto history = volume_history(result.search, result.objective);
    ASSERT_FALSE(history.empty());
    EXPECT_NEAR(history.back().hypervolume, found.search.hypervolume, 1e-9);
  }
}

/// Stopped over and over again, and gone on from the store.
TEST_P(GoalStudies, ThatAreResumedGoOnAsIfNothingHadBeen) {
  for (const StrategyKind kind : {StrategyKind::kEvolution, StrategyKind::kBananas}) {
    settings_.strategy = kind;
    settings_.limits = {"size=18"};
    const StudyResult whole = search("whole" + to_text(kind));
    const std::string name = "parts" + to_text(kind);
    bool make = true;
    for (int part = 0;; ++part) {
      ASSERT_LT(part, 100);
      int turns = 0;
      try {
        expect_same(whole, search(
                               name, [&] { return ++turns > 2 + part % 3; }, make));
        break;
      } catch (const Interrupted&) {
        make = false;
      }
    }
  }
}

TEST_P(GoalStudies, JudgeTheirTrialsAgainWhereLimitsTighten) {
  settings_.goals = settings_.reference = {};
  SearchSettings settings;
  settings.evaluator = "reward";
  settings.study = settings_;
  settings.study.limits = {"size=20"};
  {
    const auto store = open("s");
    store->drive(this_owner(Role::kDriver));
    EXPECT_TRUE(settle_study(*store, settings, 5, network::DeviceChoice::kCpu, {}).empty());
  }
  settings_.limits = {"size=20"};
  const StudyResult before = search("s", {}, false);
  settings.study.limits = settings_.limits = {"size=12"};
  std::vector<std::string> notes;
  {
    const auto store = open("s", false);
    store->drive(this_owner(Role::kDriver));
    notes = settle_study(*store, settings, 5, network::DeviceChoice::kCpu, {});
  }
  int64_t beyond = 0;
  for (const auto* trials : {&before.search, &before.baseline})
    for (const Trial& trial : *trials) beyond += trial.measurements.at("size") > 12 ? 1 : 0;
  ASSERT_GT(beyond, 0);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find(fmt::format("were size=20, and are size=12 from now on: {} of {} ",
                                      beyond, before.search.size() + before.baseline.size())),
            std::string::npos)
      << notes[0];
  settings_.trials = 100;
  const StudyResult after = search("s", {}, false);
  EXPECT_EQ(after.search.size(), 100u) << "no trial is lost";
  for (const Trial& trial : best_trials(after.search, 100, after.objective))
    EXPECT_LE(trial.measurements.at("size"), 12);
  for (size_t i = 64; i < after.search.size(); ++i)
    EXPECT_LE(after.search[i].measurements.at("size"), 12) << "proposed under the new limit";
}

TEST_P(GoalStudies, CountTheProposalsThatThePolicyCouldNotDraw) {
  settings_.goals = settings_.reference = {};
  settings_.strategy = StrategyKind::kPpo;
  settings_.limits = {"size=8"};
  settings_.trials = 16;
  const StudyResult result = search("tight");
  EXPECT_EQ(result.proposals, 16);
  EXPECT_GT(result.undrawn, 2);
  EXPECT_LE(result.undrawn, 16);
  EXPECT_EQ(search("tight", {}, false).undrawn, result.undrawn) << "it is kept with the study";
  settings_.limits = {"size=20"};
  EXPECT_EQ(search("wide").undrawn, 0);
}

/// Whoever has begun under other limits judges by those, until it reads the study's again.
TEST_P(GoalStudies, JudgeTheResultsOfAWorkerThatStillKnowsOtherLimits) {
  settings_.goals = settings_.reference = {};
  for (const int first_rung : {0, 1}) {
    settings_.halving.first_rung = first_rung;
    epochs_ = first_rung > 0 ? 9 : 0;
    settings_.limits = {"size=20"};
    const Objective earlier = objective_of(settings_);
    const std::string name = "s" + std::to_string(first_rung);
    const auto store = open(name);
    EXPECT_TRUE(StudyDriver(*store, counted_spec()).step().changed) << "proposes under them";
    settings_.limits = {"size=12"};
    StudyDriver driver(*store, counted_spec());
    CountedEvaluator evaluator(space_);
    InProcessRunner runner(evaluator, 16);
    Crew crew(*store, runner, {5, earlier, settings_.retry}, this_owner(Role::kWorker));
    const Objective now = objective_of(settings_);
    int64_t beyond = 0, wrong = 0;
    for (int turn = 0; !driver.step().complete; ++turn) {
      ASSERT_LT(turn, 10000);
      wrong += std::ssize(judge_again(*store, now).changed);
      crew.wake();
      crew.turn(0);
    }
    EXPECT_EQ(wrong, 0) << "the driver has read them before";
    for (const char* arm : {kSearchArm, kBaselineArm})
      for (const Trial& trial : store->trials(arm)) {
        if (trial.state != TrialState::kDone) continue;  // one that nobody asks for
        EXPECT_EQ(trial.reward, now.reward(trial.measurements)) << arm << trial.number;
        EXPECT_EQ(trial.rungs.back(), trial.reward);
        beyond += now.admits(trial.reward) ? 0 : 1;
      }
    EXPECT_GT(beyond, 5);
    EXPECT_LT(beyond, 40);
  }
}

TEST_P(GoalStudies, FailATrialThatMissesAGoal) {
  settings_.goals = {kAccuracy, "minimize weight"};
  settings_.reference = {"accuracy=0", "weight=3"};
  const std::string message = message_of<TrialsFailed>([&] { search("s"); });
  EXPECT_NE(message.find("asks for 'weight', which was not measured"), std::string::npos)
      << message;
}

TEST_P(GoalStudies, SettleTheirNamesAndReferences) {
  CountedEvaluator evaluator(space_);
  SearchSettings settings = given({kAccuracy, "minimize size"}, {"size=250"});
  settle_goals(settings, evaluator, space_, 5);
  EXPECT_EQ(settings.study.goals, (std::vector<std::string>{kAccuracy, "minimize final_size"}));
  EXPECT_EQ(settings.study.limits, std::vector<std::string>{"final_size=250"});
  ASSERT_EQ(settings.study.reference.size(), 2u);
  EXPECT_EQ(settings.study.reference[0], "accuracy=0");
  const SearchSettings once = settings;
  settle_goals(settings, evaluator, space_, 5);
  EXPECT_EQ(settings.study, once.study) << "settled is settled";
  settings = given({kAccuracy, "minimize size"}, {"size=25"});
  settings.study.limit_stack = LimitStack::kChild;
  settle_goals(settings, evaluator, space_, 5);
  EXPECT_EQ(settings.study.limits, std::vector<std::string>{"size=25"});
  settings = given({}, {"none"});
  settle_goals(settings, evaluator, space_, 5);
  EXPECT_TRUE(settings.study.limits.empty());
}

TEST_P(GoalStudies, RefuseWhatCannotBe) {
  const auto contains = [&](const SearchSettings& settings, const std::string& part) {
    const std::string message = refusal(settings);
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  };
  contains(given({kAccuracy, "minimize sise"}, {}), "did you mean");
  contains(given({kAccuracy, kAccuracy}, {}), "twice");
  contains(given({kAccuracy}, {}), "one goal has no front");
  contains(given({}, {"accuracy=0.5"}), "not known before a candidate is evaluated");
  contains(given({}, {"size=3"}), "the least final_size seen was");
  contains(given({kAccuracy, "minimize delay"}, {}), "add --reference delay=VALUE");
  contains(given({kAccuracy, "minimize size"}, {}, {"size=1"}), "no candidate is better");
  contains(given({}, {}, {"size=1"}), "there is no --goal");
  SearchSettings settings = given({kAccuracy, "minimize size"}, {});
  settings.study.strategy = StrategyKind::kPpo;
  contains(settings, "add --strategy bananas");
  settings.study.reward_target = "size=0";
  contains(settings, "above 0");
  settings = given({}, {});
  settings.study.reward_target = "size=100";
  contains(settings, "it is for ppo and reinforce");
}

/// A screen that knows the truth finds more, one that is turned round less; the baseline has none.
TEST_P(GoalStudies, EvaluateTheBestOfSeveralByAScreen) {
  settings_.goals = settings_.reference = {};
  for (const StrategyKind kind :
       {StrategyKind::kRandom, StrategyKind::kEvolution, StrategyKind::kBananas}) {
    settings_.strategy = kind;
    settings_.trials = 40;
    std::map<std::string, double> sizes;
    std::vector<Trial> baseline;
    for (const std::string term : {"", "size", "minimize size"}) {
      settings_.screen = term.empty() ? 1 : 4;
      settings_.screen_by = term.empty() ? std::vector<std::string>() : std::vector{term};
      const StudyResult result = search("s" + to_text(kind) + std::to_string(hash64(term)));
      double sum = 0;
      for (const Trial& trial : result.search) sum += trial.measurements.at("size");
      sizes[term] = sum / 40;
      if (term.empty()) baseline = result.baseline;
      expect_same(baseline, result.baseline);
    }
    EXPECT_GT(sizes["size"], sizes[""] + 1) << to_text(kind);
    EXPECT_LT(sizes["minimize size"], sizes[""] - 1) << to_text(kind);
  }
}

TEST_P(GoalStudies, SayWhereAScreenDidHarm) {
  StudyResult result;
  settings_.screen = 4;
  settings_.screen_by = {"jacov", "minimize size"};
  for (int i = 0; i < 40; ++i) {
    Trial trial;
    trial.state = TrialState::kDone;
    trial.number = i;
    trial.reward = 0.5 + 0.01 * i;
    trial.measurements = {{"jacov", 40.0 - i}, {"size", 1.0 * i}, {"naswot", 2.0 * i}};
    result.baseline.push_back(trial);
  }
  ScoreFindings found = find_scores(settings_, result);
  EXPECT_EQ(found.candidates, 40);
  ASSERT_EQ(found.scores.size(), 3u);
  EXPECT_EQ(found.scores[0].kendall.value, -1);
  EXPECT_EQ(found.scores[1].kendall.value, -1);
  EXPECT_EQ(found.scores[2].kendall.value, 1) << "naswot, which the screen does not use";
  EXPECT_LT(found.screen->interval.high, 0);
  settings_.screen_by = {"minimize jacov"};
  EXPECT_GT(find_scores(settings_, result).screen->interval.low, 0);
  result.baseline.resize(9);
  EXPECT_TRUE(find_scores(settings_, result).scores.empty());
}

TEST_P(GoalStudies, SettleTheirScreens) {
  CountedEvaluator evaluator(space_);
  const auto settled = [&](int screen, std::vector<std::string> by,
                           std::vector<std::string> limits) {
    SearchSettings settings = given({}, std::move(limits));
    settings.study.screen = screen;
    settings.study.screen_by = std::move(by);
    settle_goals(settings, evaluator, space_, 5);
    return settings.study.screen_by;
  };
  EXPECT_EQ(settled(4, {"minimize size"}, {}), std::vector<std::string>{"minimize final_size"});
  EXPECT_TRUE(settled(1, {}, {}).empty());
  const auto refused = [&](int screen, const std::vector<std::string>& by) {
    return message_of<InputError>([&] { settled(screen, by, {}); });
  };
  EXPECT_NE(refused(1, {"size"}).find("add --screen 4"), std::string::npos);
  EXPECT_NE(refused(4, {}).find("add --scores jacov"), std::string::npos);
  EXPECT_NE(refused(4, {"sise"}).find("not known before a candidate"), std::string::npos);
  EXPECT_NE(refused(4, {"a b c"}).find("give the name of one quantity"), std::string::npos);
  SearchSettings settings = given({}, {});
  settings.study.strategy = StrategyKind::kPpo;
  settings.study.screen = 4;
  EXPECT_NE(refusal(settings).find("--screen: ppo learns from"), std::string::npos);
}

TEST_P(GoalStudies, TeachControllersATarget) {
  CountedEvaluator evaluator(space_);
  SearchSettings settings = given({}, {});
  settings.study = settings_;
  settings.study.goals = settings.study.reference = {};
  settings.study.strategy = StrategyKind::kPpo;
  settings.study.reward_target = "size=100";
  settle_goals(settings, evaluator, space_, 5);
  EXPECT_EQ(settings.study.objective, "accuracy, final_size near 100");
  settle_goals(settings, evaluator, space_, 5);
  EXPECT_EQ(settings.study.objective, "accuracy, final_size near 100");
  const Objective objective(settings.study.objective);
  EXPECT_DOUBLE_EQ(objective.reward({{kAccuracy, 0.8}, {"final_size", 150}}), 0.8 - 0.1 * 0.5);
  EXPECT_DOUBLE_EQ(objective.reward({{kAccuracy, 0.8}, {"final_size", 50}}), 0.8 - 0.1 * 0.5);
  EXPECT_FALSE(objective.is_accuracy());
}

}  // namespace
}  // namespace nasnet::search
