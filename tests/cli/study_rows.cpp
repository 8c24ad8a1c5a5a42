#include "tests/cli/study_rows.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace nasnet::test {
namespace {

/// A connection that ends with its scope, and waits for those that write beside it.
class Connection {
 public:
  Connection(const std::filesystem::path& study, int flags) {
    open_ = sqlite3_open_v2(study.c_str(), &db_, flags, nullptr) == SQLITE_OK;
    sqlite3_busy_timeout(db_, 10000);
  }
  ~Connection() { sqlite3_close(db_); }
  Connection(const Connection&) = delete;
  bool is_open() const { return open_; }
  sqlite3* get() const { return db_; }

 private:
  sqlite3* db_ = nullptr;
  bool open_;
};

}  // namespace

int count_rows(const std::filesystem::path& study, const std::string& table) {
  const Connection db(study, SQLITE_OPEN_READONLY);
  if (!db.is_open()) return -1;
  sqlite3_stmt* statement = nullptr;
  const std::string sql = "SELECT count(*) FROM " + table;
  if (sqlite3_prepare_v2(db.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) return -1;
  const int rows = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;
  sqlite3_finalize(statement);
  return rows;
}

int change_rows(const std::filesystem::path& study, const std::string& sql) {
  const Connection db(study, SQLITE_OPEN_READWRITE);
  EXPECT_TRUE(db.is_open()) << study;
  EXPECT_EQ(sqlite3_exec(db.get(), sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db.get());
  return sqlite3_changes(db.get());
}

}  // namespace nasnet::test
