#include "nasnet/search/store/store_schema.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "nasnet/search/store/database.h"

namespace nasnet::search {
namespace {

/// The measurements of version 3 out of a row of version 2, whose rewards were accuracies: that of
/// the last rung, or else the reward with all of its digits, since SQLite casts to 15.
constexpr const char* kMeasurements =
    R"sql(CASE WHEN rungs <> '[]' OR state = 'done' THEN '{"accuracy":' || CASE rungs
    WHEN '[]' THEN printf('%!.17g', reward)
    ELSE rtrim(substr(rungs, length(rtrim(rungs, '0123456789.e+-]')) + 1), ']') END ||
  CASE measurements WHEN '{}' THEN '' ELSE ',' END || substr(measurements, 2)
  ELSE measurements END)sql";

/// The owners of version 3 out of the trials of version 2, which had texts for people: crews of
/// drivers can be told, which is all that a driver must know of them.
constexpr const char* kOwners =
    R"sql(SELECT DISTINCT owner, CASE WHEN owner LIKE 'search, %' THEN 'driver' ELSE 'worker' END AS
  role, 0 AS process, 0 AS start, '' AS host, '' AS space, 0 AS run, '' AS job FROM )sql";

/// The driver of version 3 out of the notes of version 2, in this table.
std::string driver_of_notes(const std::string& table) {
  const auto note = [&](const char* key, const char* type, const char* otherwise) {
    return fmt::format("COALESCE((SELECT CAST(value AS {}) FROM {} WHERE key = '{}'), {})", type,
                       table, key, otherwise);
  };
  return fmt::format(
      "SELECT 1 AS one, {} AS state, {} AS owner, {} AS epoch, 0 AS beat, {} AS seconds",
      note("state", "TEXT", "'new'"), note("driver_name", "TEXT", "''"),
      note("driver", "INTEGER", "0"), note("seconds", "REAL", "0.0"));
}

/// Step i makes version i + 1 out of version i. Never changed once released; a new version is one
/// more step. In SQLite's words: see Database::dialect().
const std::array<std::string, 4> kSteps = {
    // 1: one process holds everything.
    R"sql(
CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE arms (
  arm TEXT PRIMARY KEY,
  proposed INTEGER NOT NULL,
  observed INTEGER NOT NULL,
  strategy_state BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE trials (
  arm TEXT NOT NULL,
  number INTEGER NOT NULL,
  choices TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
  reward REAL,
  measurements TEXT,
  cause TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  core_seconds REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (arm, number)
) WITHOUT ROWID;
)sql",
    // 2: trials are claimed by workers, stop at rungs, repeat each other, and fail for a reason.
    R"sql(
ALTER TABLE arms RENAME TO old_arms;
CREATE TABLE arms (
  arm TEXT PRIMARY KEY,
  proposed INTEGER NOT NULL,
  observed INTEGER NOT NULL,
  done INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  repeats INTEGER NOT NULL,
  core_seconds REAL NOT NULL,
  gpu_seconds REAL NOT NULL,
  joules REAL NOT NULL,
  strategy_state BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO arms SELECT arm, proposed, observed, 0, 0, 0, 0, 0, 0, strategy_state FROM old_arms;
DROP TABLE old_arms;
ALTER TABLE trials RENAME TO old_trials;
CREATE TABLE trials (
  arm TEXT NOT NULL,
  number INTEGER NOT NULL,
  choices TEXT NOT NULL,
  form TEXT NOT NULL,
  repeats INTEGER NOT NULL,
  state TEXT NOT NULL,
  epochs INTEGER NOT NULL,
  rungs TEXT NOT NULL,
  reward REAL,
  measurements TEXT NOT NULL,
  cause TEXT NOT NULL,
  message TEXT NOT NULL,
  failures TEXT NOT NULL,
  core_seconds REAL NOT NULL,
  gpu_seconds REAL NOT NULL,
  joules REAL NOT NULL,
  peak_bytes INTEGER NOT NULL,
  owner TEXT NOT NULL,
  token INTEGER NOT NULL,
  beat INTEGER NOT NULL,
  PRIMARY KEY (arm, number)
) WITHOUT ROWID;
INSERT INTO trials SELECT arm, number, choices, '', -1, state, 0, '[]', reward,
  COALESCE(measurements, '{}'), CASE state WHEN 'failed' THEN 'exception' ELSE '' END,
  COALESCE(cause, ''), '{}', core_seconds, 0, 0, 0, '', 0, 0 FROM old_trials;
DROP TABLE old_trials;
UPDATE arms SET
  done = (SELECT count(*) FROM trials WHERE trials.arm = arms.arm AND state = 'done' AND
    number < observed * (SELECT count(*) FROM trials t WHERE t.arm = arms.arm) / proposed),
  failed = (SELECT count(*) FROM trials WHERE trials.arm = arms.arm AND state = 'failed' AND
    number < observed * (SELECT count(*) FROM trials t WHERE t.arm = arms.arm) / proposed),
  core_seconds = COALESCE((SELECT sum(core_seconds) FROM trials WHERE trials.arm = arms.arm AND
    number < observed * (SELECT count(*) FROM trials t WHERE t.arm = arms.arm) / proposed), 0)
  WHERE proposed > 0;
CREATE INDEX trials_queue ON trials (number, arm) WHERE state = 'pending';
CREATE INDEX trials_owners ON trials (owner) WHERE state = 'running';
CREATE INDEX trials_forms ON trials (arm, form, number);
CREATE INDEX trials_best ON trials (arm, reward DESC, number) WHERE state = 'done';
)sql",
    // 3: rewards come of measurements; owners and the driver have fields.
    fmt::format(R"sql(
UPDATE trials SET measurements = {};
CREATE TABLE owners (
  owner TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  process INTEGER NOT NULL,
  start INTEGER NOT NULL,
  host TEXT NOT NULL,
  space TEXT NOT NULL,
  run INTEGER NOT NULL,
  job TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO owners {}trials;
CREATE TABLE driver (
  one INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  beat INTEGER NOT NULL,
  seconds REAL NOT NULL
);
INSERT INTO driver {};
DELETE FROM study WHERE key IN ('state', 'driver_name', 'driver', 'seconds');
)sql",
                kMeasurements, kOwners, driver_of_notes("study")),
    // 4: of the coming release 0.2. Trials and policies leave traces for who looks at them.
    R"sql(
ALTER TABLE trials ADD COLUMN finished REAL NOT NULL DEFAULT 0;
CREATE TABLE traces (
  arm TEXT NOT NULL,
  number INTEGER NOT NULL,
  curve TEXT NOT NULL,
  log TEXT NOT NULL,
  PRIMARY KEY (arm, number)
) WITHOUT ROWID;
CREATE TABLE policies (
  arm TEXT NOT NULL,
  trials INTEGER NOT NULL,
  entropy REAL NOT NULL,
  probabilities TEXT NOT NULL,
  PRIMARY KEY (arm, trials)
) WITHOUT ROWID;
)sql",
};

constexpr auto kNewest = static_cast<int64_t>(std::tuple_size_v<decltype(kSteps)>);

/// Selects the trials of this version from a table of version 2.
std::string trials_of_version_2(const char* table) {
  return fmt::format(
      "SELECT arm, number, choices, form, repeats, state, epochs, rungs, reward, {} AS "
      "measurements, cause, message, failures, core_seconds, gpu_seconds, joules, peak_bytes, "
      "owner, token, beat, 0.0 AS finished FROM {}",
      kMeasurements, table);
}

/// The tables that version 4 has beside those of version 3: nothing was written of them.
constexpr const char* kEmptyTables =
    R"sql(, traces AS (SELECT '' AS arm, 0 AS number, '' AS curve, '' AS log WHERE 1 = 0),
policies AS (SELECT '' AS arm, 0 AS trials, 0.0 AS entropy, '' AS probabilities WHERE 1 = 0) )sql";

/// The tables that this version has beside those of version 2.
std::string tables_beside_version_2(const char* trials) {
  return fmt::format(", owners AS ({}{}), driver AS ({}){}", kOwners, trials,
                     driver_of_notes("main.study"), kEmptyTables);
}

/// View i shows version i + 1 as the newest one: to be brought along with each new version.
const std::array<std::string, kNewest - 1> kViews = {
    R"sql(
WITH version_2 AS (
  SELECT arm, number, choices, '' AS form, -1 AS repeats, state, 0 AS epochs, '[]' AS rungs, reward,
    COALESCE(measurements, '{}') AS measurements,
    CASE state WHEN 'failed' THEN 'exception' ELSE '' END AS cause,
    COALESCE(cause, '') AS message, '{}' AS failures, core_seconds, 0.0 AS gpu_seconds,
    0.0 AS joules, 0 AS peak_bytes, '' AS owner, 0 AS token, 0 AS beat FROM main.trials
), trials AS ()sql" +
        trials_of_version_2("version_2") + R"sql(
), observed AS (
  SELECT a.arm AS arm, t.state AS state, t.core_seconds AS core_seconds
  FROM main.arms a JOIN main.trials t ON t.arm = a.arm WHERE t.number < a.observed *
    (SELECT count(*) FROM main.trials u WHERE u.arm = a.arm) / NULLIF(a.proposed, 0)
), arms AS (
  SELECT arm, proposed, observed,
    (SELECT count(*) FROM observed o WHERE o.arm = a.arm AND o.state = 'done') AS done,
    (SELECT count(*) FROM observed o WHERE o.arm = a.arm AND o.state = 'failed') AS failed,
    0 AS repeats,
    COALESCE((SELECT sum(core_seconds) FROM observed o WHERE o.arm = a.arm), 0) AS core_seconds,
    0.0 AS gpu_seconds, 0.0 AS joules, strategy_state FROM main.arms a
))sql" + tables_beside_version_2("version_2"),
    fmt::format("WITH trials AS ({})", trials_of_version_2("main.trials")) +
        tables_beside_version_2("main.trials"),
    std::string("WITH trials AS (SELECT t.*, 0.0 AS finished FROM main.trials t)") + kEmptyTables,
};

void demand_known(const Database& database, int64_t version) {
  if (version >= 0 && version <= kNewest) return;
  throw InputError(
      fmt::format("study {} is of version {}, this nasnet knows versions up to {}; "
                  "use the nasnet that made it, or choose another --study",
                  database.name(), version, kNewest));
}

}  // namespace

void migrate_schema(Database& database) {
  const int64_t version = database.version();
  demand_known(database, version);
  if (version == kNewest) return;
  for (int64_t step = version; step < kNewest; ++step)
    database.script(database.dialect(kSteps[step]));
  database.set_version(kNewest);
}

std::string view_of_schema(Database& database) {
  const int64_t version = database.version();
  demand_known(database, version);
  if (version == kNewest) return "";
  if (version == 0)
    throw InputError(
        fmt::format("study {} is empty; start it with nasnet search", database.name()));
  return database.dialect(kViews[version - 1]);
}

}  // namespace nasnet::search
