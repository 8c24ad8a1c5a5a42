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

TEST_P(LiveStudies, DrawTheirCells) {
  search(settings(5));
  LiveStudy live("id", settings(5).store, settings(5).study_file);
  live.refresh();
  EXPECT_NE(live.cell_svg("search", 0).find("<svg"), std::string::npos);
  EXPECT_THROW(live.cell_svg("search", 5), InputError);
  EXPECT_THROW(live.cell_svg("nothing", 0), InputError);
  EXPECT_THROW(live.trial("search", -1), InputError);
  EXPECT_EQ(live.best("search", 3).at("trials").size(), 3u);
}

}  // namespace
}  // namespace nasnet::dashboard
