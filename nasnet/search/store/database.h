#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/process_id.h"

namespace nasnet::search {

/// Thrown where the same call may succeed when made again. A SystemError for callers that do not.
class TryAgain : public SystemError {
 public:
  using SystemError::SystemError;
};

/// The connection to the database is gone: nobody knows whether its last statement was executed.
class ConnectionLost : public TryAgain {
 public:
  using TryAgain::TryAgain;
};

/// The database has undone the transaction, to let others through: a deadlock. The connection, and
/// what is held by it, are as good as ever.
class Undone : public TryAgain {
 public:
  using TryAgain::TryAgain;
};

/// The part that a process takes in a study when it opens it.
enum class OpenMode {
  kRead,   ///< looks: changes nothing, holds no lock beyond a query, works beside those that write
  kWork,   ///< evaluates trials of a study that is there and of this program's version
  kDrive,  ///< drives it: makes the study where there is none, migrates one of an older version
};

/// The little of SQL that the store needs, on SQLite and PostgreSQL alike.
class Database {
 public:
  struct Bytes {
    std::string data;
  };
  using Value = std::variant<std::nullptr_t, int64_t, double, std::string, Bytes>;

  /// Rows of a result; a null reads as 0 or "".
  struct Result {
    std::vector<std::vector<Value>> rows;
    int64_t changed = 0;  ///< rows that an UPDATE, INSERT or DELETE has changed

    bool empty() const { return rows.empty(); }
    size_t size() const { return rows.size(); }
    int64_t integer(size_t row, size_t column) const;
    double real(size_t row, size_t column) const;
    const std::string& text(size_t row, size_t column) const;

   private:
    const Value& at(size_t row, size_t column) const;
  };

  virtual ~Database() = default;
  /// The name that the user knows it by, for messages.
  virtual const std::string& name() const = 0;
  /// Of a database that is open with kRead, run() takes SELECT alone, and everything else throws
  /// Error.
  virtual OpenMode mode() const = 0;
  /// Runs one statement. $1, $2 ... stand for the values, and appear in this order.
  virtual Result run(const std::string& sql, const std::vector<Value>& values = {}) = 0;
  /// Runs several statements without values.
  virtual void script(const std::string& sql) = 0;

  /// A transaction that is not durable may be forgotten when the machine loses its power; what was
  /// committed durably before it stays.
  virtual void begin(bool durable) = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;

  /// Waits until no other process changes the schema, and keeps others from it until the end of
  /// the transaction. A peer that was killed may still be at it: its server goes on by itself.
  virtual void lock_schema() = 0;
  /// Version of the schema; 0 for a database without one.
  virtual int64_t version() = 0;
  virtual void set_version(int64_t version) = 0;
  /// In this dialect: BLOB becomes BYTEA, and the like.
  virtual std::string dialect(std::string sql) const { return sql; }
  /// Follows a SELECT of rows that are about to be claimed.
  virtual std::string skip_locked() const { return ""; }

  /// Follows a SELECT of a row that must stay as it is until the end of the transaction.
  virtual std::string lock_shared() const { return ""; }

  /// One driver at a time: holds the study until this object goes, or throws InputError that names
  /// its holder: `holder` reads which process said so last, where the database does not know.
  virtual void hold(const std::function<ProcessId()>& holder) = 0;
  enum class Connection { kGood, kOutOfReach, kHeldByAnother };
  /// Connects again after ConnectionLost, and takes hold again of what was held. Where another
  /// connection holds the study meanwhile, the database may be read.
  virtual Connection reconnect() = 0;
};

/// A study in a file. Throws InputError for a file that is no study, or is not there but for
/// kDrive; SystemError where the file or its folder cannot be written to but must be. A file that
/// is deleted or replaced while it is open is noticed by the next transaction, which throws
/// SystemError.
std::unique_ptr<Database> open_sqlite(const std::string& file, OpenMode mode);

/// True if the file of a study is there and cannot be written to, or nothing beside it can.
bool is_read_only_study(const std::string& file);

/// A study in a PostgreSQL database: `url` as libpq takes it, `study` names the study within it (a
/// schema of its own). Tries for `patience` seconds to connect, then throws SystemError.
std::unique_ptr<Database> open_postgres(const std::string& url, const std::string& study,
                                        OpenMode mode, double patience);

}  // namespace nasnet::search
