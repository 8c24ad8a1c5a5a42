#include <algorithm>
#include <cmath>

#include "nasnet/search/study/search_settings.h"
#include "nasnet/search/study/stored_study.h"
#include "tests/cli/searches.h"
#include "tests/search/study/large_study.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ExportStudy : public Searches {
 protected:
  json file(const std::string& name) const { return json::parse(read_text(folder_ / name)); }

  /// A study of so many made-up trials an arm.
  void write_large(const std::string& name, int64_t trials) const {
    search::SearchSettings settings;
    settings.study_file = (folder_ / name).string();
    settings.study.trials = trials;
    {
      const auto store = search::open_store("", settings.study_file, search::OpenMode::kDrive);
      store->drive(search::this_owner(search::Role::kDriver));
      settle_study(*store, settings, 1, network::DeviceChoice::kCpu, {});
    }
    const auto space = search::make_space(settings);
    search::write_large_study(
        [&] { return search::open_sqlite(settings.study_file, search::OpenMode::kDrive); },
        search::make_spec(settings, *space, 1));
  }
};

double real(const json& row, const std::string& name) {
  return std::stod(row.at(name).get<std::string>());
}

void expect_row(const json& row, const json& trial) {
  EXPECT_EQ(row.at("state"), trial.at("state"));
  EXPECT_EQ(real(row, "core_seconds"), trial.at("core_seconds").get<double>());
  EXPECT_EQ(row.at("repeats").get<std::string>().empty(), !trial.contains("repeats"));
  EXPECT_EQ(json::parse(row.at("candidate").get<std::string>()), trial.at("genotype"));
  if (trial.at("state") == "done") {
    EXPECT_EQ(real(row, "reward"), trial.at("reward").get<double>());
    EXPECT_EQ(real(row, "interval_low"), trial.at("interval")[0].get<double>());
    EXPECT_EQ(real(row, "interval_high"), trial.at("interval")[1].get<double>());
    for (const auto& [name, value] : trial.at("measurements").items())
      EXPECT_EQ(real(row, "measurement." + name), value.get<double>()) << name;
  } else {
    EXPECT_EQ(row.at("reward"), "");
    EXPECT_EQ(row.at("cause"), trial.at("cause"));
  }
}

TEST_F(ExportStudy, HoldsAllThatSearchPrints) {
  const Outcome searched =
      run(search("a.db", {{"--seeds", "2"}, {"--retrain", "1"}, {"--sample", "2"}}));
  ASSERT_EQ(searched.status, 0) << searched.err;
  const json expected = last_json(searched);
  // A failed trial with a text that is no friend of tables.
  ASSERT_EQ(change_rows(folder_ / "a.db",
                        "UPDATE trials SET state = 'failed', cause = 'exception', message = "
                        "'=1+1, \"a\"' || char(10) || 'b' WHERE arm = 'search' AND number = 3"),
            1);
  const Outcome exported = run({"export-study", "a.db", "--out", "out", "--json"});
  ASSERT_EQ(exported.status, 0) << exported.err;
  EXPECT_EQ(last_json(exported).at("written"), (json{"out/study.json", "out/trials.csv"}));
  const json study = file("out/study.json");
  for (const auto& [key, value] : expected.items()) {
    if (key == "trials" || key == "baseline" || key == "retrain" || key == "sample" ||
        key == "alarms" || key == "findings" || key == "best")
      continue;
    if (study.contains(key)) {
      EXPECT_EQ(study.at(key), value) << key;
    }
  }
  const json rows = read_logs("read_csv.py", "out/trials.csv");
  size_t at = 0;
  for (const auto& [key, arm] : {std::pair("trials", "search"), std::pair("baseline", "baseline"),
                                 std::pair("retrain", "retrain"), std::pair("sample", "sample")}) {
    ASSERT_EQ(study.at(key).size(), expected.at(key).size()) << key;
    for (size_t i = 0; i < expected.at(key).size(); ++i, ++at) {
      ASSERT_LT(at, rows.size());
      EXPECT_EQ(rows[at].at("arm"), arm);
      EXPECT_EQ(rows[at].at("number"), std::to_string(study.at(key)[i].at("number").get<int>()));
      expect_row(rows[at], study.at(key)[i]);
      const json& choices = study.at(key)[i].at("choices");
      EXPECT_EQ(std::to_string(choices[0].get<int>()), rows[at].at("decision.normal.0.left"));
      if (arm == std::string("search") && i == 3) continue;
      for (const auto& [name, value] : expected.at(key)[i].items())
        EXPECT_EQ(study.at(key)[i].at(name), value) << key << " " << name;
    }
  }
  EXPECT_EQ(at, rows.size());
  // JSON has it as it is; the table, which spreadsheets open, with an apostrophe before it.
  EXPECT_EQ(study.at("trials")[3].at("message"), "=1+1, \"a\"\nb");
  EXPECT_EQ(rows[3].at("message"), "'=1+1, \"a\"\nb");
}

TEST_F(ExportStudy, SlowOfALargeStudyIsStreamed) {
  write_large("small.db", 5000);
  write_large("large.db", 100000);
  const Outcome small = run({"export-study", "small.db"});
  const Stopwatch watch;
  const Outcome large = run({"export-study", "large.db"});
  RecordProperty("seconds", static_cast<int>(watch.seconds()));
  ASSERT_EQ(small.status, 0) << small.err;
  ASSERT_EQ(large.status, 0) << large.err;
  const std::string rows = read_text(folder_ / "large-export/trials.csv");
  EXPECT_EQ(std::ranges::count(rows, '\n'), 200001);
  EXPECT_GT(rows.size(), 50'000'000u);
  EXPECT_LT(large.peak, small.peak + 30'000'000);
  RecordProperty("peak", static_cast<int>(large.peak / 1'000'000));
}

TEST_F(ExportStudy, SlowIsReadByTensorBoardAndMlflow) {
  if (Process({python().string(), "-c", "import tensorboard, mlflow"}, folder_.path())
          .wait()
          .status)
    GTEST_SKIP() << "Python's tensorboard or mlflow is missing; scripts/oracles installs them";
  const json expected = last_json(run(search("a.db", {{"--tensorboard", "live"}})));
  for (int i = 0; i < 2; ++i) {  // the second replaces the first
    const Outcome exported = run(
        {"export-study", "a.db", "--tensorboard", "runs", "--mlflow", "mlruns", "--out", "out"});
    ASSERT_EQ(exported.status, 0) << exported.err;
  }
  const json live = read_logs("read_events.py", "live"),
             events = read_logs("read_events.py", "runs"),
             mlflow = read_logs("read_mlflow.py", "mlruns");
  ASSERT_EQ(mlflow.size(), 1u);
  for (const char* arm : {"search", "random"}) {
    const json& run = mlflow.at("a.db").at(arm);
    EXPECT_EQ(run.at("status"), "FINISHED");
    EXPECT_EQ(run.at("params").at("trials"), "6");
    EXPECT_EQ(run.at("params").at("seed"), "1");
    EXPECT_EQ(events.at(arm).at("images"), live.at(arm).at("images"));
    for (const auto& [tag, points] : run.at("metrics").items()) {
      const json& scalars = events.at(arm).at("scalars").at(tag);
      ASSERT_EQ(scalars.size(), points.size()) << tag;
      for (size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(points[i][0], scalars[i][0]);
        EXPECT_EQ(points[i][1].get<float>(), scalars[i][1].get<float>()) << tag;
        EXPECT_EQ(live.at(arm).at("scalars").at(tag)[i][1], scalars[i][1]) << tag;
      }
    }
  }
  size_t done = 0;
  for (const json& trial : expected.at("trials"))
    if (trial.at("state") == "done") {
      EXPECT_EQ(mlflow.at("a.db").at("search").at("metrics").at("reward")[done++][1],
                trial.at("reward"));
    }
}

TEST_F(ExportStudy, RefusesWhatIsNoStudy) {
  expect_refused(run({"export-study", "nowhere.db"}), {"nowhere.db"});
  run(search("a.db"));
  write_text(folder_ / "file", "");
  expect_refused(run({"export-study", "a.db", "--out", "file/sub"}), {"file/sub"});
}

}  // namespace
}  // namespace nasnet::test
