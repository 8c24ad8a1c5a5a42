#include "nasnet/search/store/sqlite_connection.h"

#include <fmt/format.h>

#include <cstring>
#include <iterator>

#include "nasnet/base/check.h"

namespace nasnet::search {
namespace {

namespace fs = std::filesystem;
using Bytes = Database::Bytes;
using Result = Database::Result;
using Value = Database::Value;

std::vector<Value> read_row(sqlite3_stmt* statement) {
  std::vector<Value> row;
  for (int column = 0; column < sqlite3_column_count(statement); ++column) {
    const auto bytes = [&] {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const int size = sqlite3_column_bytes(statement, column);
      return data ? std::string(data, size) : std::string();
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

}  // namespace

SqliteConnection::SqliteConnection(std::string study, const std::string& address, int flags,
                                   const char* vfs)
    : study_(std::move(study)) {
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(address.c_str(), &connection, flags, vfs);
  connection_.reset(connection);  // one that could not be opened knows why
  demand(code);
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, kSqliteBusyMilliseconds);
}

void SqliteConnection::demand_study() {
  if (number("SELECT count(*) FROM sqlite_master") > 0 &&
      number("PRAGMA application_id") != kSqliteApplicationId)
    throw InputError(fmt::format("{} is a database, but no study; choose another --study", study_));
}

Result SqliteConnection::run(const std::string& sql, const std::vector<Value>& values) {
  sqlite3_stmt* statement = prepare(sql);
  NASNET_CHECK(sqlite3_bind_parameter_count(statement) == std::ssize(values),
               "a value for each parameter of the statement");
  for (size_t i = 0; i < values.size(); ++i) bind(statement, static_cast<int>(i) + 1, values[i]);
  Result result;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) result.rows.push_back(read_row(statement));
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  demand(code);
  result.changed = sqlite3_changes(connection_.get());
  return result;
}

void SqliteConnection::script(const std::string& sql) {
  demand(sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

int64_t SqliteConnection::number(const std::string& sql) {
  const Result result = run(sql);
  return result.empty() ? 0 : result.integer(0, 0);
}

void SqliteConnection::fail(int code) const {
  const std::string what = connection_ ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code);
  const int primary = code & 0xff;
  if (primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT)
    throw InputError(
        fmt::format("{} is not a study, or is damaged ({}); choose another --study", study_, what));
  if (primary == SQLITE_BUSY)
    throw SqliteFailure(fmt::format("study {} is kept busy by another process; try again", study_),
                        code);
  std::string hint;
  if (primary == SQLITE_FULL)
    hint = "; free some disk space, then run the same command again: finished trials are kept";
  if (primary == SQLITE_CANTOPEN && connection_)
    if (const int cause = sqlite3_system_errno(connection_.get()))
      hint = fmt::format(" ({})", std::strerror(cause));
  throw SqliteFailure(fmt::format("cannot use study {}: {}{}", study_, what, hint), code);
}

void SqliteConnection::demand(int code) const {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) fail(code);
}

sqlite3_stmt* SqliteConnection::prepare(const std::string& sql) {
  auto& statement = statements_[sql];
  if (!statement) {
    sqlite3_stmt* prepared = nullptr;
    demand(sqlite3_prepare_v2(connection_.get(), sql.c_str(), -1, &prepared, nullptr));
    statement.reset(prepared);
  }
  return statement.get();
}

/// The value must live until the bindings are cleared.
void SqliteConnection::bind(sqlite3_stmt* statement, int place, const Value& value) const {
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

fs::path sqlite_place(const std::string& file) {
  return fs::weakly_canonical(fs::absolute(file));
}

void demand_study_file(const std::string& file) {
  std::error_code ignored;
  if (file.empty()) throw InputError("--study is empty; name a file");
  if (fs::is_directory(file, ignored))
    throw InputError(fmt::format("--study {} is a folder; name a file", file));
  if (!fs::exists(file, ignored))
    throw InputError(fmt::format("there is no study {}; start it with nasnet search", file));
}

}  // namespace nasnet::search
