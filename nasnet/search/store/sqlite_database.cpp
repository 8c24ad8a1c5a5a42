#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <unordered_map>

#include "nasnet/search/store/database.h"
#include "nasnet/search/store/file_lock.h"

namespace nasnet::search {
namespace {

namespace fs = std::filesystem;

constexpr int kApplicationId = 0x4e41534e;  // "NASN"
/// Other processes of this machine write to the same file.
constexpr int kBusyMilliseconds = 60000;
/// Pages of 4 KiB in the write-ahead log before they go to the database.
constexpr int kLogPages = 4000;

/// Whether everything that SQLite and a driver write can be written: the file, and beside it the
/// log, its index and the lock.
bool is_writable(const fs::path& file) {
  return ::access(file.c_str(), W_OK) == 0 && ::access(file.parent_path().c_str(), W_OK) == 0;
}

/// Where SQLite puts the log: beside the file that a link leads to.
fs::path place_of(const std::string& file) {
  return fs::weakly_canonical(fs::absolute(file));
}

/// The file as SQLite's URIs write it.
std::string uri_of(const fs::path& file) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri;
}

class SqliteDatabase : public Database {
 public:
  SqliteDatabase(const std::string& file, bool create) : file_(file) {
    std::error_code ignored;
    const fs::path path = file;
    if (fs::is_directory(path, ignored))
      throw InputError(fmt::format("--study {} is a folder; name a file", file));
    const bool exists = fs::exists(path, ignored);
    if (!create && !exists)
      throw InputError(fmt::format("there is no study {}; start it with nasnet search", file));
    if (path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
    place_ = place_of(file);
    read_only_ = exists && !is_writable(place_);
    try {
      read_only_ ? open_to_read() : open();
    } catch (...) {
      close();
      throw;
    }
  }
  ~SqliteDatabase() override { close(); }

  const std::string& name() const override { return file_; }
  bool is_read_only() const override { return read_only_; }

  Result run(const std::string& sql, const std::vector<Value>& values = {}) override {
    sqlite3_stmt* statement = prepare(sql);
    for (size_t i = 0; i < values.size(); ++i) bind(statement, static_cast<int>(i) + 1, values[i]);
    Result result;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) result.rows.push_back(read(statement));
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    demand(code);
    result.changed = sqlite3_changes(db_);
    return result;
  }

  void script(const std::string& sql) override {
    demand(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr));
  }

  void begin(bool durable) override {
    if (read_only_)
      throw SystemError(
          fmt::format("study {} cannot be written to: its file or its folder is read-only; copy it "
                      "to a folder of your own to go on",
                      file_));
    check_still_there();
    // A commit in NORMAL mode is synced by the next one in FULL mode.
    if (durable != durable_) {
      run(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
      durable_ = durable;
    }
    run("BEGIN IMMEDIATE");
  }
  void commit() override { run("COMMIT"); }
  void rollback() noexcept override {
    if (!sqlite3_get_autocommit(db_)) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }

  void lock_schema() override {}  // begin() has taken the whole file
  int64_t version() override { return read_number("PRAGMA user_version"); }
  void set_version(int64_t version) override {
    script(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId,
                       version));
  }

  void hold(const std::function<std::string()>&) override { lock_.emplace(place_); }
  Connection reconnect() override { return Connection::kGood; }

 private:
  /// SQLite would make the log's index anew, where it cannot. What was closed in good order has no
  /// log, and nobody can write to it.
  void open_to_read() {
    std::error_code ignored;
    const auto left = fs::file_size(log_file(), ignored);
    if (!ignored && left > 0)
      throw SystemError(
          fmt::format("study {} was not closed in good order, and its folder is read-only; copy it "
                      "with its -wal file to a folder of your own",
                      file_));
    connect(uri_of(place_) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  }
  void connect(const std::string& name, int flags) {
    demand(sqlite3_open_v2(name.c_str(), &db_, flags, nullptr));
    sqlite3_extended_result_codes(db_, 1);
    sqlite3_busy_timeout(db_, kBusyMilliseconds);
    if (read_number("SELECT count(*) FROM sqlite_master") > 0 &&
        read_number("PRAGMA application_id") != kApplicationId)
      throw InputError(
          fmt::format("{} is a database, but no study; choose another --study", file_));
  }
  void open() {
    connect(file_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    write_ahead();
    run("PRAGMA synchronous = FULL");
    // Every generation rewrites the strategy's state, often a megabyte: most of these versions need
    // never be copied into the database.
    run(fmt::format("PRAGMA wal_autocheckpoint = {}", kLogPages));
    opened_ = identity_of(file_);
  }
  /// A file that was deleted goes on to take what is written to it, and then all of it is lost.
  void check_still_there() {
    const auto wrong = [&](const char* what) {
      throw SystemError(
          fmt::format("study {} was {} while it was in use: nothing more can be kept; put it back "
                      "and run the same command again, or begin another --study",
                      file_, what));
    };
    const std::optional<FileIdentity> now = identity_of(file_), log = identity_of(log_file());
    if (!now) wrong("deleted or moved");
    if (now != opened_) wrong("replaced by another file");
    if (log_ && log != log_) wrong(log ? "given another -wal file" : "robbed of its -wal file");
    log_ = log;
  }
  /// SQLite waits for every lock but this one: others may open a new file at the same time.
  void write_ahead() {
    for (int waited = 0;; waited += 10) {
      const int code = sqlite3_exec(db_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
      if (code == SQLITE_OK) return;
      if ((code & 0xff) != SQLITE_BUSY || waited >= kBusyMilliseconds) fail(code);
      sqlite3_sleep(10);
    }
  }
  void close() {
    for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }

  [[noreturn]] void fail(int code) const {
    const std::string what = db_ ? sqlite3_errmsg(db_) : sqlite3_errstr(code);
    const int primary = code & 0xff;
    if (primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT)
      throw InputError(fmt::format("{} is not a study, or is damaged ({}); choose another --study",
                                   file_, what));
    if (primary == SQLITE_BUSY)
      throw SystemError(fmt::format("study {} is kept busy by another process; try again", file_));
    const char* hint = primary == SQLITE_FULL
                           ? "; free some disk space, then run the same command again: what was "
                             "finished is kept"
                           : "";
    throw SystemError(fmt::format("cannot use study {}: {}{}", file_, what, hint));
  }
  void demand(int code) const {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) fail(code);
  }

  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt*& statement = statements_[sql];
    if (!statement) demand(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr));
    return statement;
  }

  /// The value must live until the bindings are cleared.
  void bind(sqlite3_stmt* statement, int place, const Value& value) const {
    if (const auto* number = std::get_if<int64_t>(&value)) {
      demand(sqlite3_bind_int64(statement, place, *number));
    } else if (const auto* real = std::get_if<double>(&value)) {
      demand(sqlite3_bind_double(statement, place, *real));
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      demand(sqlite3_bind_text64(statement, place, text->data(), text->size(), SQLITE_STATIC,
                                 SQLITE_UTF8));
    } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
      demand(sqlite3_bind_blob64(statement, place, bytes->data.data(), bytes->data.size(),
                                 SQLITE_STATIC));
    } else {
      demand(sqlite3_bind_null(statement, place));
    }
  }

  static std::vector<Value> read(sqlite3_stmt* statement) {
    std::vector<Value> row;
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
      const auto bytes = [&] {
        const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, column));
        const int size = sqlite3_column_bytes(statement, column);
        return data ? std::string(data, static_cast<size_t>(size)) : std::string();
      };
      switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
          row.emplace_back(int64_t{sqlite3_column_int64(statement, column)});
          break;
        case SQLITE_FLOAT:
          row.emplace_back(sqlite3_column_double(statement, column));
          break;
        case SQLITE_TEXT:
          row.emplace_back(bytes());
          break;
        case SQLITE_BLOB:
          row.emplace_back(Bytes{bytes()});
          break;
        default:
          row.emplace_back(nullptr);
      }
    }
    return row;
  }

  int64_t read_number(const char* sql) {
    const Result result = run(sql);
    return result.empty() ? 0 : result.integer(0, 0);
  }

  std::string log_file() const { return place_.string() + "-wal"; }

  std::string file_;  // as the user calls it
  fs::path place_;
  bool read_only_ = false;
  std::optional<FileIdentity> opened_, log_;
  sqlite3* db_ = nullptr;
  bool durable_ = true;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
  std::optional<FileLock> lock_;
};

}  // namespace

bool is_read_only_study(const std::string& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && !is_writable(place_of(file));
}

std::unique_ptr<Database> open_sqlite(const std::string& file, bool create) {
  return std::make_unique<SqliteDatabase>(file, create);
}

}  // namespace nasnet::search
