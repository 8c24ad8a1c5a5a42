#include "nasnet/dashboard/live_study.h"

#include <filesystem>

#include "nasnet/base/file.h"
#include "nasnet/report/study_json.h"
#include "tests/dashboard/studies.h"

namespace nasnet::dashboard {
namespace {

using nlohmann::ordered_json;

class LiveStudies : public Studies {};
NASNET_ON_BOTH_STORES(LiveStudies);

/// As `search --json` prints it.
ordered_json whole(const search::SearchSettings& settings) {
  const auto store =
      search::open_store(settings.store, settings.study_file, search::OpenMode::kRead);
  const auto space = search::make_space(settings);
  const search::StudyResult result =
      search::read_study(*store, search::make_spec(settings, *space, 7));
  return report::study_json(settings, 7, *space, result, {});
}

TEST_P(LiveStudies, SayWhatSearchSays) {
  search::SearchSettings given = settings(40);
  given.study.seeds = 2;
  given.study.sample = 6;
  given.study.retrain_epochs = 3;
  search(given, true);
  LiveStudy live("id", given.store, given.study_file);
  EXPECT_TRUE(live.refresh());
  const ordered_json shown = live.detail(), expected = whole(given);
  ASSERT_TRUE(shown.at("problem").is_null()) << shown.at("problem");
  for (const char* key : {"core_seconds", "gpu_seconds", "joules", "seed", "findings"})
    EXPECT_EQ(shown.at(key), expected.at(key)) << key;
  EXPECT_FALSE(expected.at("findings").empty()) << "nothing was compared";
  ASSERT_EQ(shown.at("alarms").size(), expected.at("alarms").size());
  for (size_t i = 0; i < expected.at("alarms").size(); ++i)
    EXPECT_EQ(shown.at("alarms")[i].at("text"), expected.at("alarms")[i]);
  for (const char* arm : {"search", "baseline"}) {
    const ordered_json& trials = expected.at(arm == std::string("search") ? "trials" : arm);
    int64_t failed = 0;
    ordered_json best;
    for (const ordered_json& trial : trials) {
      failed += trial.at("state") == "failed";
      if (trial.at("state") == "done" && !trial.contains("repeats") &&
          (best.is_null() || trial.at("reward") > best.at("reward")))
        best = trial;
    }
    const ordered_json& own = shown.at("arms")[arm == std::string("baseline")];
    EXPECT_EQ(own.at("arm"), arm);
    EXPECT_EQ(own.at("asked"), 40);
    EXPECT_EQ(own.at("finished"), 40);
    EXPECT_EQ(own.at("failed"), failed);
    EXPECT_GT(failed, 0);
    EXPECT_EQ(own.at("failed_by_cause"), (ordered_json{{"exception", failed}}));
    EXPECT_EQ(own.at("best"), best);
    const ordered_json listed = live.trials(arm, 0, 1000);
    EXPECT_EQ(listed.at("trials"), trials);
    for (const ordered_json& trial : trials) {
      const ordered_json one = live.trial(arm, trial.at("number"));
      for (const auto& [key, value] : trial.items()) EXPECT_EQ(one.at(key), value) << key;
    }
  }
}

TEST_P(LiveStudies, TellOfNewsOnlyWhereThereIsAny) {
  search::SearchSettings given = settings(10);
  search(given);
  LiveStudy live("id", given.store, given.study_file);
  EXPECT_TRUE(live.refresh());
  const int64_t before = live.revision();
  EXPECT_FALSE(live.refresh());
  EXPECT_EQ(live.revision(), before);
  given.study.trials = 20;
  search(given);
  EXPECT_TRUE(live.refresh());
  EXPECT_GT(live.revision(), before);
  // The settings that may change are read again, too.
  EXPECT_EQ(live.detail().at("arms")[0].at("finished"), 20);
}

TEST_P(LiveStudies, SeeFailedTrialsGoBackToTheQueue) {
  search::SearchSettings given = settings(12);
  search(given, true);
  LiveStudy live("id", given.store, given.study_file);
  live.refresh();
  EXPECT_EQ(live.detail().at("arms")[0].at("failed"), 4);
  for (int turn = 0; turn < 2; ++turn) {
    {
      const auto store =
          search::open_store(given.store, given.study_file, search::OpenMode::kDrive);
      store->drive(search::this_owner(search::Role::kDriver));
      store->retry_failed();
    }
    EXPECT_TRUE(live.refresh());
    EXPECT_EQ(live.detail().at("arms")[0].at("failed"), 0);
    search(given, turn == 0);
    live.refresh();
    EXPECT_EQ(live.detail().at("arms")[0].at("failed"), turn == 0 ? 4 : 0);
  }
}

TEST_P(LiveStudies, ThatAreNotThereSaySoUntilTheyAre) {
  const search::SearchSettings given = settings(5);
  LiveStudy live("id", given.store, given.study_file);
  live.refresh();
  EXPECT_FALSE(live.overview().at("problem").is_null());
  EXPECT_FALSE(live.detail().contains("arms"));
  EXPECT_THROW(live.curve(Along::kTrials, 10), InputError);
  search(given);
  EXPECT_TRUE(live.refresh());
  EXPECT_TRUE(live.overview().at("problem").is_null()) << live.overview().at("problem");
  EXPECT_EQ(live.curve(Along::kTrials, 10).at("search").at("end"), 5);
}

/// All numbers of points, shares and effects come of the trials that `search --json` prints.
TEST_P(LiveStudies, ShowTrialsAsPoints) {
  const search::SearchSettings given = settings(40);
  search(given, true);
  LiveStudy live("id", given.store, given.study_file);
  live.refresh();
  const ordered_json shown =
      live.points({{"core_seconds", "reward", "validation_images", "normal.0.left_op"}, "", 100});
  EXPECT_EQ(shown.at("columns")[1].at("direction"), "maximize");
  EXPECT_EQ(shown.at("columns")[3].at("choices").size(), 13u);
  for (const char* arm : {"search", "baseline"}) {
    const ordered_json& points = shown.at("arms").at(arm);
    const ordered_json listed = live.trials(arm, 0, 1000);
    size_t row = 0;
    for (const ordered_json& trial : listed.at("trials")) {
      if (trial.at("state") != "done" || trial.contains("repeats")) continue;
      ASSERT_LT(row, points.at("numbers").size());
      EXPECT_EQ(points.at("numbers")[row], trial.at("number"));
      EXPECT_EQ(points.at("values")[0][row], trial.at("core_seconds"));
      EXPECT_EQ(points.at("values")[1][row], trial.at("reward"));
      EXPECT_EQ(points.at("values")[2][row], 200);
      const int64_t choice = points.at("values")[3][row];
      const std::string label = shown.at("columns")[3].at("choices").at(choice);
      EXPECT_EQ(label, info(space::parse_operation(trial.at("genotype")
                                                       .at("normal")
                                                       .at("blocks")[0]
                                                       .at("left_op")
                                                       .get<std::string>()))
                           .label);
      ++row;
    }
    EXPECT_EQ(points.at("trials"), row);
    const ordered_json& best = points.at("best");
    EXPECT_EQ(best.at("numbers")[0], live.best(arm, 1).at("trials")[0].at("number"));
    EXPECT_FALSE(points.at("front").empty());
    const ordered_json few = live.points({{"number", "reward"}, "number:10:19", 5}).at("arms");
    EXPECT_LE(few.at(arm).at("matching"), 10);
    EXPECT_EQ(few.at(arm).at("numbers").size(), 5u);
    EXPECT_TRUE(few.at(arm).at("front").empty()) << "the number has no direction";
  }
  EXPECT_THROW(live.points({{"nothing"}, "", 5}), InputError);
  EXPECT_THROW(live.points({{"reward"}, "nothing:0:1", 5}), InputError);

  const ordered_json shares = live.shares(4);
  ASSERT_EQ(shares.at("arms").at("baseline").size(), 4u);
  for (const ordered_json& group : shares.at("arms").at("search")[3].at("shares")) {
    double sum = 0;
    for (const double share : group) sum += share;
    EXPECT_NEAR(sum, 1, 1e-12);
  }
  const ordered_json effects = live.effects("baseline", EffectsBy::kDecision);
  EXPECT_EQ(effects.at("effects")[0].at("about"), "normal.0.left");
  EXPECT_NE(effects.at("caution").get<std::string>().find("random candidates draw"),
            std::string::npos);
  EXPECT_THROW(live.effects("retrain", EffectsBy::kGroup), InputError);
}

TEST_P(LiveStudies, ShowThePolicyAsItLearns) {
  const search::SearchSettings given = settings(20);
  search(given);
  LiveStudy live("id", given.store, given.study_file);
  live.refresh();
  const ordered_json latest = live.policy({});
  const auto& generations = latest.at("generations");
  ASSERT_GE(generations.size(), 4u);
  EXPECT_EQ(generations[1].at("trials"), 5);
  EXPECT_EQ(latest.at("trials"), generations.back().at("trials"));
  ASSERT_EQ(latest.at("probabilities").size(), latest.at("decisions").size());
  for (size_t d = 0; d < latest.at("decisions").size(); ++d) {
    double sum = 0;
    for (const double share : latest.at("probabilities")[d]) sum += share;
    EXPECT_NEAR(sum, 1, 1e-3) << "they are kept with four digits";
    EXPECT_EQ(latest.at("probabilities")[d].size(), latest.at("decisions")[d].at("choices").size());
  }
  EXPECT_EQ(live.policy(12).at("trials"), 10);
  EXPECT_NE(live.policy(0).at("probabilities"), latest.at("probabilities"));
  EXPECT_EQ(live.curve(Along::kTime, 100).at("along"), "time");
  const ordered_json trial = live.trial("search", 3);
  EXPECT_TRUE(trial.at("curve").is_array());
  EXPECT_TRUE(trial.at("finished").is_null() || trial.at("finished") > 1e9);
}

/// Tables are as new as the study, and see failed trials evaluated again.
TEST_P(LiveStudies, KeepTheirTablesUpToDate) {
  search::SearchSettings given = settings(12);
  search(given, true);
  LiveStudy live("id", given.store, given.study_file);
  live.refresh();
  const auto trials = [&] {
    live.refresh();
    return live.points({{"number", "validation_images"}, "", 100}).at("arms").at("baseline");
  };
  EXPECT_EQ(trials().at("trials"), 8);
  {
    const auto store = search::open_store(given.store, given.study_file, search::OpenMode::kDrive);
    store->drive(search::this_owner(search::Role::kDriver));
    store->retry_failed();
  }
  given.study.trials = 20;
  search(given);
  const ordered_json all = trials();
  EXPECT_EQ(all.at("trials"), 20);
  for (const double images : all.at("values")[1]) EXPECT_EQ(images, 200);
}

TEST_P(LiveStudies, AreComparedByTheLibrarysSentences) {
  search::SearchSettings given = settings(10), other = settings(15);
  other.study_file = study("others");
  other.study.strategy = search::StrategyKind::kEvolution;
  search(given);
  search(other);
  std::vector<report::ComparedStudy> compared;
  for (const search::SearchSettings& one : {given, other}) {
    LiveStudy live("id", one.store, one.study_file);
    live.refresh();
    auto [object, study] = live.compared(Along::kTrials, 100);
    EXPECT_EQ(object.at("curve").at("search").at("end"), one.study.trials);
    compared.push_back(study);
  }
  const bool first = compared[0].best->reward >= compared[1].best->reward;
  const auto& [a, b] = std::pair(compared[first ? 0 : 1], compared[first ? 1 : 0]);
  EXPECT_EQ(report::compare_studies(compared),
            (std::vector{search::compare_bests(a.name, *a.best, b.name, *b.best)}));
  compared[1].settings.study.objective = "accuracy, parameters <= 3M";
  EXPECT_NE(report::compare_studies(compared)[0].find("cannot be compared"), std::string::npos);
}

/// Of the trials that were asked for, as everything else: strategies propose further ones.
TEST_P(LiveStudies, CountNoRepeatsBeyondTheTrialsAskedFor) {
  search::SearchSettings given = settings(7);
  search(given);
  LiveStudy live("id", given.store, given.study_file);
  live.refresh();
  int64_t repeats = 0;
  for (const ordered_json& trial : live.trials("search", 0, 100).at("trials"))
    repeats += trial.contains("repeats");
  EXPECT_EQ(live.detail().at("arms")[0].at("repeats"), repeats);
  EXPECT_EQ(live.detail().at("ledger").at("arms")[0].at("arm"), "search");
}

TEST_P(LiveStudies, DrawTheirCells) {
  search(settings(5));
  LiveStudy live("id", settings(5).store, settings(5).study_file);
  live.refresh();
  EXPECT_NE(live.cell_svg("search", 0).find("<svg"), std::string::npos);
  EXPECT_EQ(live.cell_svg("search", 0, std::pair("search", 0)).find("#c2185b"), std::string::npos);
  EXPECT_NE(live.cell_svg("search", 0, std::pair("baseline", 1)).find("#c2185b"),
            std::string::npos);
  EXPECT_THROW(live.cell_svg("search", 0, std::pair("search", 5)), InputError);
  EXPECT_THROW(live.cell_svg("search", 5), InputError);
  EXPECT_THROW(live.cell_svg("nothing", 0), InputError);
  EXPECT_THROW(live.trial("search", -1), InputError);
  EXPECT_EQ(live.best("search", 3).at("trials").size(), 3u);
}

}  // namespace
}  // namespace nasnet::dashboard
