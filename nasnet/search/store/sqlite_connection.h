#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "nasnet/search/store/database.h"

namespace nasnet::search {

/// SQLite refused, with one of its (extended) result codes.
class SqliteFailure : public SystemError {
 public:
  SqliteFailure(const std::string& message, int result_code)
      : SystemError(message), code(result_code) {}
  int code;
};

/// A connection to the file of a study, and its prepared statements.
class SqliteConnection {
 public:
  /// `study` is the file's name for messages, `address` a path or a URI, `flags` as for
  /// sqlite3_open_v2(). Nothing is read yet.
  SqliteConnection(std::string study, const std::string& address, int flags,
                   const char* vfs = nullptr);

  /// Throws InputError for a database of another program.
  void demand_study();
  Database::Result run(const std::string& sql, const std::vector<Database::Value>& values = {});
  void script(const std::string& sql);
  /// The first number that the statement gives; 0 where it gives none.
  int64_t number(const std::string& sql);

  sqlite3* get() const { return connection_.get(); }
  /// Throws InputError for a file that is no database or damaged, otherwise SqliteFailure.
  [[noreturn]] void fail(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close(connection); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  void demand(int code) const;
  sqlite3_stmt* prepare(const std::string& sql);
  void bind(sqlite3_stmt* statement, int place, const Database::Value& value) const;

  std::string study_;
  std::unique_ptr<sqlite3, Close> connection_;
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// Marks the files of studies among SQLite's.
inline constexpr int kSqliteApplicationId = 0x4e41534e;  // "NASN"
/// Other processes of this machine write to the same file.
inline constexpr int kSqliteBusyMilliseconds = 60000;

/// SQLite keeps the log of a file beside the one that a link leads to.
std::filesystem::path sqlite_place(const std::string& file);

/// Throws InputError where `file` is a folder, or is not there.
void demand_study_file(const std::string& file);

}  // namespace nasnet::search
