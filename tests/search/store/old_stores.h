#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

#include "nasnet/search/store/store.h"

namespace nasnet::search {

/// A study as the first version of the schema had it, and the marks of its file.
inline constexpr const char* kVersion1 = R"sql(
CREATE TABLE study (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE arms (arm TEXT PRIMARY KEY, proposed INTEGER NOT NULL, observed INTEGER NOT NULL,
  strategy_state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE trials (arm TEXT NOT NULL, number INTEGER NOT NULL, choices TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')), reward REAL,
  measurements TEXT, cause TEXT, attempts INTEGER NOT NULL DEFAULT 0,
  core_seconds REAL NOT NULL DEFAULT 0, PRIMARY KEY (arm, number)) WITHOUT ROWID;
INSERT INTO study VALUES ('settings', '{"settings": {"epochs": 2}, "data_digest": "abc"}');
INSERT INTO study VALUES ('seconds', 12.5);
INSERT INTO arms VALUES ('search', 2, 1, '');
INSERT INTO trials VALUES ('search', 0, '[1,2]', 'done', 0.75, '{"images": 10}', NULL, 1, 3.5);
INSERT INTO trials VALUES ('search', 1, '[2,2]', 'failed', NULL, NULL, 'out of paper', 2, 0.5);
INSERT INTO trials VALUES ('search', 2, '[3,2]', 'pending', NULL, NULL, NULL, 0, 0);
INSERT INTO trials VALUES ('search', 3, '[4,2]', 'done', 0.5, '{}', NULL, 1, 1);
)sql";

/// The same of the second version, with trials in all their states.
inline constexpr const char* kVersion2 = R"sql(
CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE arms (arm TEXT PRIMARY KEY, proposed INTEGER NOT NULL, observed INTEGER NOT NULL,
  done INTEGER NOT NULL, failed INTEGER NOT NULL, repeats INTEGER NOT NULL,
  core_seconds REAL NOT NULL, gpu_seconds REAL NOT NULL, joules REAL NOT NULL,
  strategy_state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE trials (arm TEXT NOT NULL, number INTEGER NOT NULL, choices TEXT NOT NULL,
  form TEXT NOT NULL, repeats INTEGER NOT NULL, state TEXT NOT NULL, epochs INTEGER NOT NULL,
  rungs TEXT NOT NULL, reward REAL, measurements TEXT NOT NULL, cause TEXT NOT NULL,
  message TEXT NOT NULL, failures TEXT NOT NULL, core_seconds REAL NOT NULL,
  gpu_seconds REAL NOT NULL, joules REAL NOT NULL, peak_bytes INTEGER NOT NULL,
  owner TEXT NOT NULL, token INTEGER NOT NULL, beat INTEGER NOT NULL,
  PRIMARY KEY (arm, number)) WITHOUT ROWID;
CREATE INDEX trials_queue ON trials (number, arm) WHERE state = 'pending';
CREATE INDEX trials_owners ON trials (owner) WHERE state = 'running';
CREATE INDEX trials_forms ON trials (arm, form, number);
CREATE INDEX trials_best ON trials (arm, reward DESC, number) WHERE state = 'done';
INSERT INTO study VALUES ('settings', '{"settings": {"epochs": 2}, "identity": {"program": "x"}}');
INSERT INTO study VALUES ('seconds', '12.5'), ('state', 'stopped'), ('driver', '7'),
  ('driver_name', 'process 3 (4) on host [0123abcd]');
INSERT INTO arms VALUES ('search', 4, 2, 3, 1, 1, 4, 0, 0, '');
INSERT INTO trials VALUES
  ('search', 0, '[1,2]', 'a', -1, 'done', 0, '[0.25,0.75]', 0.75, '{"validation_images":100.0}',
   '', '', '{}', 3, 0, 0, 9, 'me', 1, 1),
  ('search', 1, '[2,2]', 'b', -1, 'failed', 0, '[]', NULL, '{}', 'exception', 'out of paper',
   '{"exception":1}', 1, 0, 0, 9, 'me', 2, 1),
  ('search', 2, '[3,2]', 'c', -1, 'done', 0, '[]', 0.3333333333333333, '{}', '', '', '{}', 0, 0, 0,
   0, 'me', 1, 1),
  ('search', 3, '[1,2]', 'a', 0, 'done', 0, '[0.25,0.75]', 0.75, '{"validation_images":100.0}', '',
   '', '{}', 0, 0, 0, 0, '', 0, 0),
  ('search', 4, '[4,2]', 'd', -1, 'paused', 1, '[0.5,2.5e-05]', NULL,
   '{"validation_images":100.0}', '', '',
   '{}', 0, 0, 0, 0, 'search, run 1 of process 3 (4) on host [0123abcd]', 1, 1),
  ('search', 5, '[5,2]', 'e', -1, 'running', 1, '[]', NULL, '{}', '', '', '{}', 0, 0, 0, 0, 'me', 1,
   5),
  ('search', 6, '[5,2]', 'e', 5, 'waiting', 1, '[]', NULL, '{}', '', '', '{}', 0, 0, 0, 0, '', 0,
   0),
  ('search', 7, '[6,2]', 'f', -1, 'pending', 1, '[]', NULL, '{}', '', '', '{}', 0, 0, 0, 0, '', 0,
   0);
)sql";

/// The same of the third version, made of the second.
inline constexpr const char* kVersion3 = R"sql(
CREATE TABLE owners (owner TEXT PRIMARY KEY, role TEXT NOT NULL, process INTEGER NOT NULL,
  start INTEGER NOT NULL, host TEXT NOT NULL, space TEXT NOT NULL, run INTEGER NOT NULL,
  job TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE driver (one INTEGER PRIMARY KEY, state TEXT NOT NULL, owner TEXT NOT NULL,
  epoch INTEGER NOT NULL, beat INTEGER NOT NULL, seconds REAL NOT NULL);
INSERT INTO owners VALUES ('me', 'worker', 0, 0, '', '', 0, ''),
  ('search, run 1 of process 3 (4) on host [0123abcd]', 'driver', 0, 0, '', '', 0, '');
INSERT INTO driver VALUES (1, 'stopped', 'process 3 (4) on host [0123abcd]', 7, 0, 12.5);
DELETE FROM study WHERE key <> 'settings';
UPDATE trials SET measurements = '{"accuracy":0.75,"validation_images":100.0}'
  WHERE number IN (0, 3);
UPDATE trials SET measurements = '{"accuracy":0.3333333333333333}' WHERE number = 2;
UPDATE trials SET measurements = '{"accuracy":2.5e-05,"validation_images":100.0}' WHERE number = 4;
)sql";

/// Runs statements on a file, past everything of ours.
inline void make_sqlite(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
  sqlite3_close(db);
}

/// The facts of these studies, however they are read.
inline void expect_version_1(Store& store) {
  EXPECT_EQ(store.settings().at("data_digest"), "abc");
  EXPECT_EQ(store.driver().seconds, 12.5);
  const ArmRecord arm = store.arm(kSearchArm);
  EXPECT_EQ(arm.proposed, 2);
  EXPECT_EQ(arm.observed, 1);
  EXPECT_EQ(arm.done, 1) << "of the generation that is observed";
  EXPECT_EQ(arm.failed, 1);
  EXPECT_EQ(arm.cost.core_seconds, 4);
  const std::vector<Trial> trials = store.trials(kSearchArm);
  ASSERT_EQ(trials.size(), 4u);
  EXPECT_EQ(trials[0].reward, 0.75);
  EXPECT_EQ(trials[0].measurements, (Measurements{{"accuracy", 0.75}, {"images", 10}}));
  EXPECT_EQ(trials[1].message, "out of paper");
  EXPECT_EQ(trials[1].cause, Cause::kException);
  EXPECT_EQ(trials[2].state, TrialState::kPending);
  EXPECT_EQ(trials[3].measurements, (Measurements{{"accuracy", 0.5}}));
  EXPECT_EQ(store.counts(kSearchArm).at(TrialState::kDone), 2);
  EXPECT_EQ(store.best(kSearchArm, 5).size(), 2u);
}

inline void expect_version_2(Store& store) {
  EXPECT_EQ(store.settings().at("identity").at("program"), "x");
  EXPECT_EQ(store.driver().seconds, 12.5);
  const ArmRecord arm = store.arm(kSearchArm);
  EXPECT_EQ(arm.proposed, 4);
  EXPECT_EQ(arm.done, 3);
  EXPECT_EQ(arm.cost.core_seconds, 4);
  const std::vector<Trial> trials = store.trials(kSearchArm);
  ASSERT_EQ(trials.size(), 8u);
  EXPECT_EQ(trials[0].rungs, (std::vector<double>{0.25, 0.75}));
  EXPECT_EQ(trials[0].measurements, (Measurements{{"accuracy", 0.75}, {"validation_images", 100}}));
  EXPECT_EQ(trials[0].cost.peak_bytes, 9);
  EXPECT_EQ(trials[1].failures.at("exception"), 1);
  EXPECT_TRUE(trials[1].measurements.empty());
  EXPECT_EQ(trials[2].measurements, (Measurements{{"accuracy", 0.3333333333333333}}))
      << "to the last digit";
  EXPECT_EQ(trials[3].repeats, 0);
  EXPECT_EQ(trials[3].measurements, trials[0].measurements);
  EXPECT_EQ(trials[4].state, TrialState::kPaused);
  EXPECT_EQ(trials[4].measurements,
            (Measurements{{"accuracy", 2.5e-5}, {"validation_images", 100}}))
      << "of the last rung";
  EXPECT_EQ(trials[5].state, TrialState::kRunning);
  EXPECT_EQ(trials[6].state, TrialState::kWaiting);
  EXPECT_EQ(trials[7].state, TrialState::kPending);
  EXPECT_EQ(store.statuses(kSearchArm, 5, 6).at(0).owner, Owner{.role = Role::kWorker});
  EXPECT_EQ(store.statuses(kSearchArm, 4, 5).at(0).owner, Owner{.role = Role::kDriver});
  const DriverRecord driver = store.driver();
  EXPECT_EQ(driver.state, StudyState::kStopped);
  EXPECT_GE(driver.epoch, 7) << "and one more where it was driven since";
  EXPECT_EQ(store.find_form(kSearchArm, "c"), 2);
  EXPECT_EQ(store.best(kSearchArm, 5).size(), 2u) << "repeats are left out";
  EXPECT_EQ(store.outcomes(kSearchArm, 0, 1).at(0).finished, 0) << "nobody has written it down";
  EXPECT_TRUE(store.trace(kSearchArm, 0).curve.empty());
  EXPECT_TRUE(store.policies(kSearchArm).empty());
}

/// A version of the schema that this program does not write any more.
struct OldVersion {
  int64_t number;
  std::string sql;
  void (*expect)(Store&);
};
inline const OldVersion kOldVersions[] = {
    {1, kVersion1, expect_version_1},
    {2, kVersion2, expect_version_2},
    {3, std::string(kVersion2) + kVersion3, expect_version_2}};
inline constexpr int64_t kNewestVersion = 4;

/// The study in a file, as a program of that time has left it.
inline void make_old_file(const std::string& file, const OldVersion& version,
                          const std::string& more = "") {
  make_sqlite(file, "BEGIN;" + version.sql + more +
                        "UPDATE arms SET strategy_state = x'0102';"
                        "COMMIT;"
                        "PRAGMA application_id = 1312904014;"
                        "PRAGMA journal_mode = WAL;"
                        "PRAGMA user_version = " +
                        std::to_string(version.number));
}

/// The same in a database.
inline void make_old_schema(const std::string& url, const std::string& study,
                            const OldVersion& version, const std::string& more = "") {
  const auto database = open_postgres(url, study, OpenMode::kDrive, 10);
  std::string sql = database->dialect(version.sql + more);
  if (const size_t untyped = sql.find("value)"); untyped != std::string::npos)
    sql.replace(untyped, 5, "value TEXT");
  database->script(sql);
  database->set_version(version.number);
}

}  // namespace nasnet::search
