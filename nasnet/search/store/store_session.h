#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/search/store/database.h"
#include "nasnet/search/store/driver_record.h"

namespace nasnet::search {

/// The study has another driver now: this one must not write any more. Names the other.
class Superseded : public InputError {
 public:
  using InputError::InputError;
};

/// A connection to a study's database that outlives the server's restarts, and that writes only
/// where this process may: never to a study that is open for reading only or is of an older version
/// of the schema, and as its driver never after another has taken its place.
///
/// Calls throw SystemError where the server has been out of reach for `patience` seconds, and
/// Interrupted where the user stops the process meanwhile.
class StoreSession {
 public:
  /// Makes the schema of a new study. One of an older version stays as it is: it is migrated by its
  /// driver only (see drive()), since workers of the program that made it may be at work on it.
  /// Throws InputError for a newer one, and for an older one that is opened with kWork.
  StoreSession(std::unique_ptr<Database> database, double patience);

  Database& database() { return *database_; }
  const std::string& name() const { return database_->name(); }
  OpenMode mode() const { return database_->mode(); }

  /// Runs `work`, and again after each lost connection, until it returns.
  void persist(const std::function<void()>& work);
  /// The same for one SELECT; of an older study it sees the tables as this version has them.
  Database::Result query(const std::string& sql, const std::vector<Database::Value>& values = {});
  /// Runs `work` in a transaction, and again after a lost connection. `again` is then true: the
  /// first time may have been committed with its answer lost on the way, so that `work` must come
  /// to the same end twice. `durable`: see Database::begin(). Throws Superseded to a driver that
  /// has lost its place.
  void transact(bool durable, const std::function<void(bool again)>& work);

  DriverRecord driver();
  /// Makes this process the study's driver, and then migrates the study; nothing where it is the
  /// driver already. Throws InputError that names another one.
  void drive(const Owner& owner);

 private:
  void migrate();
  void demand_writable() const;
  void demand_migrated() const;
  void run_transaction(bool durable, const std::function<void(bool again)>& work);
  /// Makes that work which threw can be done again; true where it may have happened already.
  bool recover(const TryAgain& error, double& waited);
  void reconnect(const std::string& why);
  /// Throws Superseded where the study has another driver than this one. With `lock`, as the
  /// database spells it, none takes its place until the end of the transaction.
  void check_place(const std::string& lock);

  std::unique_ptr<Database> database_;
  double patience_;
  std::string view_;   // opens a SELECT from an older version; empty for this one
  int64_t epoch_ = 0;  // of this driver; 0 for who does not drive
};

}  // namespace nasnet::search
