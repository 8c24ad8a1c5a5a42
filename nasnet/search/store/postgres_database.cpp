#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <unordered_map>

#include "nasnet/base/interrupt.h"
#include "nasnet/base/process_id.h"
#include "nasnet/base/random.h"
#include "nasnet/search/store/database.h"
#include "nasnet/search/store/store.h"

namespace nasnet::search {
namespace {

// Types of columns, by their numbers in PostgreSQL's catalogue.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt4 = 23, kFloat8 = 701;

/// PostgreSQL would cut longer names without a word.
constexpr size_t kLongestName = 63;

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};

/// A result that is cleared when it goes.
struct Answer {
  explicit Answer(PGresult* r) : result(r) {}
  ~Answer() { PQclear(result); }
  Answer(const Answer&) = delete;
  PGresult* result;
};

class PostgresDatabase : public Database {
 public:
  PostgresDatabase(const std::string& url, const std::string& study, OpenMode mode, double patience)
      : mode_(mode),
        url_(url),
        schema_("nasnet_" + study),
        name_(fmt::format("{} in {}", study, without_password(url))) {
    const bool plain = std::all_of(study.begin(), study.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!plain || study.empty() || schema_.size() > kLongestName)
      throw InputError(
          fmt::format("--study {}: in a database a study's name has small letters, "
                      "digits and _ only, at most {} of them",
                      study, kLongestName - 7));
    check_url(url);
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration<double>(patience);
    double pause = 0.1;
    while (!open()) {
      if (Clock::now() >= end || is_final(error_))
        throw SystemError(
            fmt::format("cannot reach the store {}: {}; is the server running, and "
                        "are host, port, user and password right?",
                        without_password(url_), error_));
      check_interrupt("stopped while waiting for the store");
      std::this_thread::sleep_for(std::chrono::duration<double>(pause));
      pause = std::min(2 * pause, 5.0);
    }
  }

  const std::string& name() const override { return name_; }
  OpenMode mode() const override { return mode_; }

  Result run(const std::string& sql, const std::vector<Value>& values = {}) override {
    std::string& statement = statements_[sql];
    if (statement.empty()) {
      const std::string fresh = fmt::format("s{}", statements_.size());
      const Answer answer(PQprepare(connection_.get(), fresh.c_str(), sql.c_str(), 0, nullptr));
      if (PQresultStatus(answer.result) != PGRES_COMMAND_OK) {
        statements_.erase(sql);
        fail(answer.result);
      }
      statement = fresh;
    }
    std::vector<std::string> texts(values.size());
    std::vector<const char*> data(values.size());
    std::vector<int> lengths(values.size(), 0), formats(values.size(), 0);
    for (size_t i = 0; i < values.size(); ++i) {
      if (const auto* number = std::get_if<int64_t>(&values[i])) {
        texts[i] = std::to_string(*number);
      } else if (const auto* real = std::get_if<double>(&values[i])) {
        texts[i] = fmt::format("{}", *real);  // the shortest text that reads back as the same
      } else if (const auto* text = std::get_if<std::string>(&values[i])) {
        texts[i] = *text;
      } else if (const auto* bytes = std::get_if<Bytes>(&values[i])) {
        texts[i] = bytes->data;
        formats[i] = 1;
      }
      data[i] = std::holds_alternative<std::nullptr_t>(values[i]) ? nullptr : texts[i].data();
      lengths[i] = static_cast<int>(texts[i].size());
    }
    const Answer answer(PQexecPrepared(connection_.get(), statement.c_str(),
                                       static_cast<int>(values.size()), data.data(), lengths.data(),
                                       formats.data(), 0));
    const ExecStatusType status = PQresultStatus(answer.result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(answer.result);
    return read(answer.result);
  }

  void script(const std::string& sql) override {
    const Answer answer(PQexec(connection_.get(), sql.c_str()));
    const ExecStatusType status = PQresultStatus(answer.result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(answer.result);
  }

  void begin(bool durable) override {
    script(durable ? "BEGIN" : "BEGIN; SET LOCAL synchronous_commit = off");
  }
  void commit() override { script("COMMIT"); }
  void rollback() noexcept override {
    if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE)
      PQclear(PQexec(connection_.get(), "ROLLBACK"));
  }

  void lock_schema() override {
    run("SELECT pg_advisory_xact_lock($1)", {static_cast<int64_t>(hash64("schema " + schema_))});
  }
  int64_t version() override {
    // Not by to_regclass(), which may remember that another process had not made it yet.
    const Result table =
        run("SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'version'", {schema_});
    if (table.empty()) return 0;
    const Result result = run("SELECT version FROM version");
    return result.empty() ? 0 : result.integer(0, 0);
  }
  void set_version(int64_t version) override {
    script(
        fmt::format("CREATE TABLE IF NOT EXISTS version (version BIGINT NOT NULL); "
                    "DELETE FROM version; INSERT INTO version VALUES ({})",
                    version));
  }

  std::string dialect(std::string sql) const override {
    const auto replace = [&](const std::string& from, const std::string& to) {
      for (size_t at = 0; (at = sql.find(from, at)) != std::string::npos; at += to.size())
        sql.replace(at, from.size(), to);
    };
    replace(" WITHOUT ROWID", "");
    replace("BLOB", "BYTEA");
    replace("INTEGER", "BIGINT");
    replace("REAL", "DOUBLE PRECISION");
    replace("main.", schema_ + ".");
    replace("printf('%!.17g', reward)", "CAST(reward AS TEXT)");
    return sql;
  }
  std::string skip_locked() const override { return " FOR UPDATE SKIP LOCKED"; }
  std::string lock_shared() const override { return " FOR SHARE"; }

  void hold(const std::function<ProcessId()>& holder) override {
    // The server notices in a moment that a process has ended, in a minute that a machine has. Who
    // has just taken hold needs a moment to say so.
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    while (!take_hold()) {
      const ProcessId known = holder();
      const bool is_named = known.number > 0;
      const auto patience = std::chrono::seconds(!is_named ? 2 : has_ended(known) ? 60 : 0);
      if (Clock::now() - start >= patience)
        throw InputError(fmt::format(
            "study {} is being searched by another process ({}); wait for it, or choose another "
            "--study; if its machine is gone, the study is free within a minute",
            name_, is_named ? to_text(known) : "which has just begun"));
      check_interrupt("stopped while waiting for the study");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    held_ = true;
  }

  Connection reconnect() override {
    disconnect();
    try {
      if (!connect()) return Connection::kOutOfReach;
      use_schema();
      return !held_ || take_hold() ? Connection::kGood : Connection::kHeldByAnother;
    } catch (const TryAgain&) {
      return Connection::kOutOfReach;
    }
  }

 private:
  static void check_url(const std::string& url) {
    char* error = nullptr;
    if (PQconninfoOption* options = PQconninfoParse(url.c_str(), &error))
      return PQconninfoFree(options);
    const std::string what = error ? first_line(error) : "out of memory";
    PQfreemem(error);
    throw InputError(fmt::format("--store {}: {}; write postgresql://USER@HOST/DATABASE",
                                 without_password(url), what));
  }

  /// Connects, and sees to the study's own schema; false where the server is not there.
  bool open() {
    if (!connect()) return false;
    try {
      const auto is_there = [&] {
        return !run("SELECT 1 FROM pg_namespace WHERE nspname = $1", {schema_}).empty();
      };
      if (!is_there()) {
        if (mode_ != OpenMode::kDrive)
          throw InputError(
              fmt::format("there is no study {}; start it with nasnet search --store", name_));
        begin(true);
        lock_schema();
        if (!is_there()) script(fmt::format("CREATE SCHEMA {}", schema_));
        commit();
      }
      use_schema();
      return true;
    } catch (const TryAgain& lost) {
      error_ = lost.what();
      disconnect();
      return false;
    }
  }

  /// For a schema that is there: the server may remember of one that others are just making that
  /// there was none, and look elsewhere.
  void use_schema() { script(fmt::format("SET search_path = {}", schema_)); }

  void disconnect() { connection_.reset(); }

  /// A server that refuses will do so again, but for one that starts, stops or is full.
  static bool is_final(const std::string& error) {
    if (error.find("FATAL: ") == std::string::npos) return false;
    for (const char* passing : {"starting up", "shutting down", "recovery", "not yet accepting",
                                "too many", "remaining connection slots", "terminating"})
      if (error.find(passing) != std::string::npos) return false;
    return true;
  }

  bool connect() {
    statements_.clear();
    // A peer that is gone without a word, its machine switched off, is noticed within a minute; one
    // that stands still in the middle of a transaction loses it, and its locks, in ten seconds.
    std::string options =
        "-c client_min_messages=warning -c tcp_keepalives_idle=20 "
        "-c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 "
        "-c idle_in_transaction_session_timeout=10000";
    if (mode_ == OpenMode::kRead) options += " -c default_transaction_read_only=on";
    const char* keys[] = {"dbname",
                          "options",
                          "connect_timeout",
                          "keepalives_idle",
                          "keepalives_interval",
                          "keepalives_count",
                          "tcp_user_timeout",
                          "application_name",
                          nullptr};
    const char* values[] = {url_.c_str(), options.c_str(), "10",     "20",   "10",
                            "3",          "60000",         "nasnet", nullptr};
    connection_.reset(PQconnectdbParams(keys, values, 1));
    if (PQstatus(connection_.get()) == CONNECTION_OK) return true;
    error_ = first_line(PQerrorMessage(connection_.get()));
    disconnect();
    return false;
  }

  bool take_hold() {
    // The key is the study's name; the lock goes with the connection.
    const auto key = static_cast<int64_t>(hash64(schema_));
    return run("SELECT pg_try_advisory_lock($1)", {key}).integer(0, 0) != 0;
  }

  [[noreturn]] void fail(const PGresult* result) const {
    const char* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string state = code ? code : "";
    const std::string what = first_line(PQerrorMessage(connection_.get()));
    // Connections lost, servers that stop or start. An error without a code is none of the
    // server's: where sending failed, libpq may still call the connection a good one. 40003 is a
    // statement of which nobody knows what became.
    const bool lost = PQstatus(connection_.get()) != CONNECTION_OK || state.empty() ||
                      state.starts_with("08") || state.starts_with("57P") || state == "40003";
    if (lost) throw ConnectionLost(fmt::format("the store {} has gone: {}", name_, what));
    // Serialization failures (40001), deadlocks (40P01).
    if (state.starts_with("40"))
      throw Undone(fmt::format("the store {} is kept busy by others: {}", name_, what));
    const char* hint = state == "53100" ? "; free some disk space on its server, then run the same "
                                          "command again: finished trials are kept"
                                        : "";
    throw SystemError(fmt::format("cannot use study {}: {}{}", name_, what, hint));
  }

  static Value value(const PGresult* result, int row, int column) {
    if (PQgetisnull(result, row, column)) return nullptr;
    const char* text = PQgetvalue(result, row, column);
    switch (PQftype(result, column)) {
      case kBool:
        return int64_t{text[0] == 't'};
      case kInt4:
      case kInt8:
        return int64_t{std::strtoll(text, nullptr, 10)};
      case kFloat8:
        return std::strtod(text, nullptr);
      case kBytea: {
        size_t size = 0;
        unsigned char* bytes = PQunescapeBytea(reinterpret_cast<const unsigned char*>(text), &size);
        if (!bytes) throw std::bad_alloc();
        Bytes copy{{reinterpret_cast<const char*>(bytes), size}};
        PQfreemem(bytes);
        return copy;
      }
      default:
        return std::string(text, PQgetlength(result, row, column));
    }
  }

  static Result read(PGresult* result) {
    Result rows;
    const int count = PQntuples(result), columns = PQnfields(result);
    for (int row = 0; row < count; ++row) {
      rows.rows.emplace_back();
      for (int column = 0; column < columns; ++column)
        rows.rows.back().push_back(value(result, row, column));
    }
    rows.changed = std::strtoll(PQcmdTuples(result), nullptr, 10);
    return rows;
  }

  OpenMode mode_;
  std::string url_, schema_, name_, error_;
  std::unique_ptr<PGconn, Finish> connection_;
  bool held_ = false;
  std::unordered_map<std::string, std::string> statements_;
};

}  // namespace

std::unique_ptr<Database> open_postgres(const std::string& url, const std::string& study,
                                        OpenMode mode, double patience) {
  return std::make_unique<PostgresDatabase>(url, study, mode, patience);
}

}  // namespace nasnet::search
