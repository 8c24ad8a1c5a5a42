#include "nasnet/search/store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/search/file_lock.h"

namespace nasnet::search {
namespace {

using nlohmann::json;

constexpr int kApplicationId = 0x4e41534e;  // "NASN"
constexpr int kVersion = 1;

constexpr const char* kSchema = R"sql(
CREATE TABLE study (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
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
)sql";

TrialState parse_state(const std::string& text) {
  for (const TrialState state : {TrialState::kPending, TrialState::kDone, TrialState::kFailed})
    if (to_text(state) == text) return state;
  throw InputError(fmt::format("the study holds a trial in the unknown state '{}'", text));
}

}  // namespace

std::string to_text(TrialState state) {
  switch (state) {
    case TrialState::kPending:
      return "pending";
    case TrialState::kDone:
      return "done";
    case TrialState::kFailed:
      return "failed";
  }
  return "";
}

struct Store::Connection {
  explicit Connection(const std::filesystem::path& file) : path(file.string()), lock(file) {}
  ~Connection() { sqlite3_close(db); }

  [[noreturn]] void fail(int code) const {
    const std::string what = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    const int primary = code & 0xff;
    if (primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT)
      throw InputError(
          fmt::format("{} is not a study, or is damaged ({}); choose another --study", path, what));
    const char* hint = primary == SQLITE_FULL
                           ? "; free some disk space, then run the same command again: what was "
                             "finished is kept"
                           : "";
    throw SystemError(fmt::format("cannot use study {}: {}{}", path, what, hint));
  }
  void demand(int code) const {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) fail(code);
  }
  void run(const char* sql) const { demand(sqlite3_exec(db, sql, nullptr, nullptr, nullptr)); }

  std::string path;
  FileLock lock;
  sqlite3* db = nullptr;
};

namespace {

/// A prepared statement; values are bound in order.
template <class Connection>
class Statement {
 public:
  Statement(const Connection& connection, const char* sql) : connection_(connection) {
    connection_.demand(sqlite3_prepare_v2(connection_.db, sql, -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;

  Statement& bind(const std::string& text) {
    connection_.demand(sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(),
                                           SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
  }
  Statement& bind(int64_t value) {
    connection_.demand(sqlite3_bind_int64(statement_, ++bound_, value));
    return *this;
  }
  Statement& bind(double value) {
    connection_.demand(sqlite3_bind_double(statement_, ++bound_, value));
    return *this;
  }
  Statement& bind_blob(const std::string& bytes) {
    connection_.demand(
        sqlite3_bind_blob64(statement_, ++bound_, bytes.data(), bytes.size(), SQLITE_TRANSIENT));
    return *this;
  }
  Statement& bind_null() {
    connection_.demand(sqlite3_bind_null(statement_, ++bound_));
    return *this;
  }
  /// The next row; false at the end.
  bool step() {
    const int code = sqlite3_step(statement_);
    connection_.demand(code);
    return code == SQLITE_ROW;
  }
  void reset() {
    sqlite3_reset(statement_);
    bound_ = 0;
  }
  std::string text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return bytes ? std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, column)))
                 : std::string();
  }
  int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  double real(int column) const { return sqlite3_column_double(statement_, column); }

 private:
  const Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

/// All or nothing: rolled back unless committed.
template <class Connection>
class Transaction {
 public:
  explicit Transaction(const Connection& connection) : connection_(connection) {
    connection_.run("BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (!done_) sqlite3_exec(connection_.db, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  void commit() {
    connection_.run("COMMIT");
    done_ = true;
  }

 private:
  const Connection& connection_;
  bool done_ = false;
};

}  // namespace

Store::Store(const std::filesystem::path& file) : file_(file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    throw InputError(fmt::format("--study {} is a folder; name a file", file.string()));
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), ignored);
  connection_ = std::make_unique<Connection>(file);
  const Connection& c = *connection_;
  connection_->demand(sqlite3_open_v2(file.c_str(), &connection_->db,
                                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr));
  sqlite3_extended_result_codes(c.db, 1);
  const auto pragma = [&](const char* sql) {
    Statement statement(c, sql);
    return statement.step() ? statement.integer(0) : 0;
  };
  const int64_t tables = pragma("SELECT count(*) FROM sqlite_master");
  if (tables > 0) {
    if (pragma("PRAGMA application_id") != kApplicationId)
      throw InputError(
          fmt::format("{} is a database, but no study; choose another --study", file.string()));
    const int64_t version = pragma("PRAGMA user_version");
    if (version != kVersion)
      throw InputError(
          fmt::format("study {} is of version {}, this nasnet reads version {}; use "
                      "the nasnet that made it, or choose another --study",
                      file.string(), version, kVersion));
  }
  c.run("PRAGMA journal_mode = WAL");
  c.run("PRAGMA synchronous = FULL");
  if (tables == 0) {
    Transaction transaction(c);
    c.run(kSchema);
    c.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId,
                      kVersion)
              .c_str());
    transaction.commit();
  }
}

Store::~Store() = default;

json Store::settings() const {
  Statement statement(*connection_, "SELECT value FROM study WHERE key = 'settings'");
  if (!statement.step()) return nullptr;
  return json::parse(statement.text(0));
}

void Store::set_settings(const json& settings) {
  Statement statement(*connection_, "INSERT OR REPLACE INTO study VALUES ('settings', ?)");
  statement.bind(settings.dump());
  statement.step();
}

std::vector<Trial> Store::trials(const std::string& arm) const {
  Statement statement(*connection_,
                      "SELECT number, choices, state, reward, measurements, cause, attempts, "
                      "core_seconds FROM trials WHERE arm = ? ORDER BY number");
  statement.bind(arm);
  std::vector<Trial> trials;
  while (statement.step()) {
    Trial trial;
    trial.arm = arm;
    trial.number = statement.integer(0);
    trial.choices = json::parse(statement.text(1)).get<space::Choices>();
    trial.state = parse_state(statement.text(2));
    trial.reward = statement.real(3);
    const std::string measurements = statement.text(4);
    if (!measurements.empty()) trial.measurements = json::parse(measurements);
    trial.cause = statement.text(5);
    trial.attempts = static_cast<int>(statement.integer(6));
    trial.core_seconds = statement.real(7);
    if (trial.number != static_cast<int64_t>(trials.size()))
      throw InputError(fmt::format("study {} is damaged: trial {} of its {} arm is missing",
                                   connection_->path, trials.size(), arm));
    trials.push_back(std::move(trial));
  }
  return trials;
}

ArmProgress Store::progress(const std::string& arm) const {
  Statement statement(*connection_,
                      "SELECT proposed, observed, strategy_state FROM arms WHERE arm = ?");
  statement.bind(arm);
  if (!statement.step()) return {};
  return {statement.integer(0), statement.integer(1), statement.text(2)};
}

void Store::advance(const std::string& arm, const ArmProgress& progress,
                    const std::vector<Trial>& proposals) {
  Transaction transaction(*connection_);
  {
    Statement statement(*connection_, "INSERT OR REPLACE INTO arms VALUES (?, ?, ?, ?)");
    statement.bind(arm).bind(progress.proposed).bind(progress.observed);
    statement.bind_blob(progress.strategy_state).step();
    Statement insert(*connection_,
                     "INSERT INTO trials (arm, number, choices, state) VALUES (?, ?, ?, ?)");
    for (const Trial& trial : proposals) {
      insert.bind(arm).bind(trial.number).bind(json(trial.choices).dump());
      insert.bind(to_text(trial.state)).step();
      insert.reset();
    }
  }
  transaction.commit();
}

void Store::update(const std::vector<Trial>& trials, double seconds) {
  Transaction transaction(*connection_);
  {
    Statement update(*connection_,
                     "UPDATE trials SET state = ?, reward = ?, measurements = ?, cause = ?, "
                     "attempts = ?, core_seconds = ? WHERE arm = ? AND number = ?");
    for (const Trial& trial : trials) {
      const bool done = trial.state == TrialState::kDone;
      update.bind(to_text(trial.state));
      if (done) {
        update.bind(trial.reward).bind(json(trial.measurements).dump());
      } else {
        update.bind_null().bind_null();
      }
      update.bind(trial.cause).bind(static_cast<int64_t>(trial.attempts));
      update.bind(trial.core_seconds).bind(trial.arm).bind(trial.number).step();
      update.reset();
    }
    Statement spent(*connection_,
                    "INSERT INTO study VALUES ('seconds', ?1) ON CONFLICT (key) DO UPDATE SET "
                    "value = value + ?1");
    spent.bind(seconds).step();
  }
  transaction.commit();
}

double Store::seconds_spent() const {
  Statement statement(*connection_, "SELECT value FROM study WHERE key = 'seconds'");
  return statement.step() ? statement.real(0) : 0;
}

}  // namespace nasnet::search
