#include "nasnet/search/store/store_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "nasnet/base/check.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/search/store/store_rows.h"
#include "nasnet/search/store/store_schema.h"

namespace nasnet::search {
namespace {

using Result = Database::Result;

void sleep_for(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace

StoreSession::StoreSession(std::unique_ptr<Database> database, double patience)
    : database_(std::move(database)), patience_(patience) {
  bool is_new = false;
  persist([&] { is_new = database_->version() == 0; });
  if (is_new && mode() == OpenMode::kDrive) migrate();
  persist([&] { view_ = view_of_schema(*database_); });
  if (mode() == OpenMode::kWork) demand_migrated();
}

void StoreSession::migrate() {
  run_transaction(true, [&](bool) {
    // Two processes may open a new study at once: the second finds it made.
    database_->lock_schema();
    migrate_schema(*database_);
  });
  view_.clear();
}

void StoreSession::reconnect(const std::string& why) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(patience_);
  double pause = 0.05;
  for (;;) {
    const Database::Connection connection = database_->reconnect();
    if (connection == Database::Connection::kGood) return;
    const bool held = connection == Database::Connection::kHeldByAnother;
    // The server may not have noticed that this driver's own last connection is gone. Another
    // driver says who it is once it has the study.
    if (held) {
      try {
        check_place("");
      } catch (const TryAgain&) {
      }
    }
    if (Clock::now() >= end) {
      if (held)
        throw SystemError(fmt::format(
            "{}; since then another connection holds the study, and its driver is not known yet; "
            "see pg_locks, or run the same command again: finished trials are kept",
            why));
      throw SystemError(
          fmt::format("{}; gave up after {:.0f} s; start the server, then run the same command "
                      "again: finished trials are kept",
                      why, patience_));
    }
    check_interrupt("stopped while the store was out of reach");
    sleep_for(pause);
    pause = std::min(2 * pause, 5.0);
  }
}

bool StoreSession::recover(const TryAgain& error, double& waited) {
  if (!dynamic_cast<const Undone*>(&error)) {
    reconnect(error.what());
    return true;
  }
  if (waited >= patience_)
    throw SystemError(fmt::format(
        "{}; gave up after {:.0f} s; run the same command again: finished trials are kept",
        error.what(), waited));
  check_interrupt("stopped while the store was busy");
  // Whoever was let through needs a moment; many that were undone must not meet again.
  const double pause = std::clamp(waited, 0.01, 1.0);
  sleep_for(pause);
  waited += pause;
  return false;
}

void StoreSession::persist(const std::function<void()>& work) {
  for (double waited = 0;;) {
    try {
      return work();
    } catch (const TryAgain& error) {
      recover(error, waited);
    }
  }
}

Result StoreSession::query(const std::string& sql, const std::vector<Database::Value>& values) {
  Result result;
  persist([&] {
    if (!view_.empty()) view_ = view_of_schema(*database_);  // its driver may have migrated it
    result = database_->run(view_ + sql, values);
  });
  return result;
}

void StoreSession::demand_writable() const {
  if (mode() == OpenMode::kRead)
    throw Error(fmt::format("study {} is open for reading only", name()));
}

void StoreSession::demand_migrated() const {
  if (!view_.empty())
    throw InputError(
        fmt::format("study {} was left by an earlier nasnet, and only its driver migrates it: "
                    "resume it with this version's nasnet search, then start workers",
                    name()));
}

void StoreSession::transact(bool durable, const std::function<void(bool)>& work) {
  demand_writable();
  demand_migrated();
  run_transaction(durable, work);
}

void StoreSession::run_transaction(bool durable, const std::function<void(bool)>& work) {
  bool again = false;
  for (double waited = 0;;) {
    try {
      database_->begin(durable);
      if (epoch_ != 0) check_place(database_->lock_shared());
      work(again);
      database_->commit();
      return;
    } catch (const TryAgain& error) {
      database_->rollback();
      again |= recover(error, waited);
    } catch (...) {
      database_->rollback();
      throw;
    }
  }
}

DriverRecord StoreSession::driver() {
  return read_driver(query(kDriverQuery));
}

void StoreSession::drive(const Owner& owner) {
  if (epoch_ != 0) return;
  demand_writable();
  persist([&] { database_->hold([&] { return driver().owner.process; }); });
  if (!view_.empty()) migrate();
  int64_t epoch = 0;
  transact(true, [&](bool) {
    enroll(*database_, owner);
    // The owner with the epoch: who finds that it has changed finds who has changed it.
    epoch = database_
                ->run("UPDATE driver SET epoch = epoch + 1, owner = $1 RETURNING epoch",
                      {to_text(owner)})
                .integer(0, 0);
  });
  NASNET_CHECK(epoch > 0, "a study has one row for its drivers, and counts them from 1");
  epoch_ = epoch;
}

void StoreSession::check_place(const std::string& lock) {
  if (database_->run("SELECT epoch FROM driver" + lock).integer(0, 0) == epoch_) return;
  const DriverRecord other = read_driver(database_->run(kDriverQuery));
  throw Superseded(fmt::format("study {} is driven by another process now ({}); this one has ended",
                               name(), to_text(other.owner.process)));
}

}  // namespace nasnet::search
