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
inline constexpr const char* kSqliteVersion1 = R"sql(
UPDATE arms SET strategy_state = x'0102';
PRAGMA application_id = 1312904014;
PRAGMA user_version = 1;
)sql";

/// Runs statements on a file, past everything of ours.
inline void make_sqlite(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
  sqlite3_close(db);
}

/// The facts of that study, however they are read.
inline void expect_version_1(Store& store) {
  EXPECT_EQ(store.settings().at("data_digest"), "abc");
  EXPECT_EQ(store.seconds_spent(), 12.5);
  const ArmRecord arm = store.arm(kSearchArm);
  EXPECT_EQ(arm.proposed, 2);
  EXPECT_EQ(arm.observed, 1);
  EXPECT_EQ(arm.done, 1) << "of the generation that is observed";
  EXPECT_EQ(arm.failed, 1);
  EXPECT_EQ(arm.cost.core_seconds, 4);
  const std::vector<Trial> trials = store.trials(kSearchArm);
  ASSERT_EQ(trials.size(), 4u);
  EXPECT_EQ(trials[0].reward, 0.75);
  EXPECT_EQ(trials[0].measurements.at("images"), 10);
  EXPECT_EQ(trials[1].message, "out of paper");
  EXPECT_EQ(trials[1].cause, Cause::kException);
  EXPECT_EQ(trials[2].state, TrialState::kPending);
}

}  // namespace nasnet::search
