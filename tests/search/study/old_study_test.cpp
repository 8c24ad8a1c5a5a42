#include "tests/search/store/old_stores.h"
#include "tests/search/study/study_fixture.h"

namespace nasnet::search {
namespace {

/// Studies that were begun by programs whose stores were of an older version.
class OldStudies : public ToyStudies {
 protected:
  /// Writes the study as the second version of the schema had it.
  void bring_back_to_version_2(const std::string& name) {
    const std::string sql = kVersion2;
    make_sqlite(study("old"), "PRAGMA journal_mode = WAL;" + sql.substr(0, sql.find("INSERT")) +
                                  "ATTACH '" + study(name) + R"sql(' AS newer;
      INSERT INTO study SELECT key, value FROM newer.study;
      INSERT INTO study SELECT 'state', state FROM newer.driver UNION ALL
        SELECT 'driver', epoch FROM newer.driver UNION ALL
        SELECT 'seconds', seconds FROM newer.driver;
      INSERT INTO arms SELECT arm, proposed, observed, done, failed, repeats, core_seconds,
        gpu_seconds, joules, strategy_state FROM newer.arms;
      INSERT INTO trials SELECT arm, number, choices, form, repeats, state, epochs, rungs, reward,
        json_remove(measurements, '$.accuracy'), cause, message, failures, core_seconds,
        gpu_seconds, joules, peak_bytes, 'search, run 1 of process 3 (4) on host', token, beat
        FROM newer.trials;
      PRAGMA application_id = 1312904014;
      PRAGMA user_version = 2;)sql");
  }
};
INSTANTIATE_TEST_SUITE_P(, OldStudies, testing::Values("Sqlite"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(OldStudies, GoOnAsIfTheyHadNotBeenMigrated) {
  for (const auto& [kind, name] : names_of(StrategyKind{})) {
    settings_.strategy = kind;
    const std::string strategy = name;
    settings_.trials = 60;
    const StudyResult whole = run_in_process("whole " + strategy);
    settings_.trials = 24;
    run_in_process("begun " + strategy);
    bring_back_to_version_2("begun " + strategy);
    settings_.trials = 60;
    expect_same(run_in_process("old"), whole);
    std::filesystem::remove(study("old"));
  }
}

}  // namespace
}  // namespace nasnet::search
