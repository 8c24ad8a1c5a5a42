#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "nasnet/search/store/file_lock.h"
#include "nasnet/search/store/sqlite_connection.h"
#include "nasnet/search/store/sqlite_reader.h"

namespace nasnet::search {
namespace {

namespace fs = std::filesystem;

/// Pages of 4 KiB in the write-ahead log before they go to the database.
constexpr int kLogPages = 4000;

/// Everything that SQLite and a driver write can be written: the file, and beside it the log, its
/// index and the lock.
bool is_writable(const fs::path& file) {
  return ::access(file.c_str(), W_OK) == 0 && ::access(file.parent_path().c_str(), W_OK) == 0;
}

class SqliteDatabase : public Database {
 public:
  SqliteDatabase(const std::string& file, OpenMode mode) : file_(file), mode_(mode) {
    std::error_code ignored;
    const fs::path path = file;
    if (mode != OpenMode::kDrive || file.empty() || fs::is_directory(path, ignored))
      demand_study_file(file);
    if (path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
    place_ = sqlite_place(file);
    if (fs::exists(place_, ignored) && !is_writable(place_))
      throw SystemError(
          fmt::format("study {} cannot be written to: its file or its folder is read-only; copy it "
                      "to a folder of your own to resume it",
                      file));
    connection_.emplace(file, file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    connection_->demand_study();
    write_ahead();
    run("PRAGMA synchronous = FULL");
    // Every generation rewrites the strategy's state, often a megabyte: most of these versions need
    // never be copied into the database.
    run(fmt::format("PRAGMA wal_autocheckpoint = {}", kLogPages));
    opened_ = identity_of(file_);
  }

  const std::string& name() const override { return file_; }
  OpenMode mode() const override { return mode_; }

  Result run(const std::string& sql, const std::vector<Value>& values = {}) override {
    return connection_->run(sql, values);
  }
  void script(const std::string& sql) override { connection_->script(sql); }

  void begin(bool durable) override {
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
    sqlite3* connection = connection_->get();
    if (!sqlite3_get_autocommit(connection))
      sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
  }

  void lock_schema() override {}  // begin() has taken the whole file
  int64_t version() override { return connection_->number("PRAGMA user_version"); }
  void set_version(int64_t version) override {
    script(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kSqliteApplicationId,
                       version));
  }

  void hold(const std::function<ProcessId()>&) override { lock_.emplace(place_); }
  Connection reconnect() override { return Connection::kGood; }

 private:
  /// A file that was deleted goes on to take what is written to it, and then all of it is lost.
  void check_still_there() {
    const auto wrong = [&](const char* what) {
      throw SystemError(
          fmt::format("study {} was {} while it was in use: nothing more can be kept; put it back "
                      "and run the same command again, or begin another --study",
                      file_, what));
    };
    const std::optional<FileIdentity> now = identity_of(file_),
                                      log = identity_of(place_.string() + "-wal");
    if (!now) wrong("deleted or moved");
    if (now != opened_) wrong("replaced by another file");
    if (log_ && log != log_) wrong(log ? "given another -wal file" : "robbed of its -wal file");
    log_ = log;
  }
  /// SQLite waits for every lock but this one: others may open a new file at the same time.
  void write_ahead() {
    for (int waited = 0;; waited += 10) {
      const int code =
          sqlite3_exec(connection_->get(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
      if (code == SQLITE_OK) return;
      if ((code & 0xff) != SQLITE_BUSY || waited >= kSqliteBusyMilliseconds)
        connection_->fail(code);
      sqlite3_sleep(10);
    }
  }

  std::string file_;  // as the user calls it
  OpenMode mode_;
  fs::path place_;
  std::optional<FileIdentity> opened_, log_;
  std::optional<SqliteConnection> connection_;
  bool durable_ = true;
  std::optional<FileLock> lock_;
};

}  // namespace

bool is_read_only_study(const std::string& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && !is_writable(sqlite_place(file));
}

std::unique_ptr<Database> open_sqlite(const std::string& file, OpenMode mode) {
  if (mode == OpenMode::kRead) return read_sqlite(file);
  return std::make_unique<SqliteDatabase>(file, mode);
}

}  // namespace nasnet::search
