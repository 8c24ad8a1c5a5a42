#include "nasnet/search/store/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <regex>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/search/store/store_schema.h"

namespace nasnet::search {
namespace {

using nlohmann::json;
using Bytes = Database::Bytes;
using Result = Database::Result;

constexpr const char* kRetriedNote = "retried";
constexpr const char* kColumns =
    "number, choices, form, repeats, state, epochs, rungs, reward, measurements, cause, message, "
    "failures, core_seconds, gpu_seconds, joules, peak_bytes";

constexpr const char* kOwnerColumns = "role, process, start, host, space, run, job";

/// From these columns on; all empty for nobody.
Owner read_owner(const Result& result, size_t row, size_t column) {
  return {from_text<Role>(result.text(row, column)).value_or(Role::kWorker),
          {result.integer(row, column + 1), result.integer(row, column + 2),
           result.text(row, column + 3), result.text(row, column + 4)},
          result.integer(row, column + 5),
          result.text(row, column + 6)};
}

std::string driver_query() {
  return fmt::format(
      "SELECT state, epoch, beat, seconds, {} FROM driver d LEFT JOIN owners o ON o.owner = "
      "d.owner",
      kOwnerColumns);
}

DriverRecord read_driver(const Result& result) {
  return {parse_enum<StudyState>(result.text(0, 0), "state of a study"), read_owner(result, 0, 4),
          result.integer(0, 1), result.integer(0, 2), result.real(0, 3)};
}

Trial read_trial(const std::string& arm, const Result& result, size_t row) {
  Trial trial;
  trial.arm = arm;
  trial.number = result.integer(row, 0);
  trial.choices = json::parse(result.text(row, 1)).get<space::Choices>();
  trial.form = result.text(row, 2);
  trial.repeats = result.integer(row, 3);
  trial.state = parse_state(result.text(row, 4));
  trial.epochs = result.integer(row, 5);
  trial.rungs = json::parse(result.text(row, 6)).get<std::vector<double>>();
  trial.reward = result.real(row, 7);
  trial.measurements = json::parse(result.text(row, 8));
  trial.cause = parse_cause(result.text(row, 9));
  trial.message = result.text(row, 10);
  trial.failures = json::parse(result.text(row, 11));
  trial.cost = {result.real(row, 12), result.real(row, 13), result.real(row, 14),
                result.integer(row, 15)};
  return trial;
}

Database::Value reward_of(const Trial& trial) {
  if (trial.state == TrialState::kDone) return trial.reward;
  return nullptr;
}

/// The beginning of any bytes as text that SQL takes.
std::string clean_message(const std::string& text) {
  std::string start = text.substr(0, 2000);
  std::replace(start.begin(), start.end(), '\0', ' ');
  // Bytes that are no UTF-8, as a character cut in two, become U+FFFD.
  return json::parse(json(start).dump(-1, ' ', false, json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace

Store::Store(std::unique_ptr<Database> database, double patience)
    : database_(std::move(database)), patience_(patience) {
  if (is_read_only()) {
    persist([&] { view_ = view_of_schema(*database_); });
  } else {
    migrate();
  }
}

Store::~Store() = default;

void Store::migrate() {
  bool newest = false;
  persist([&] { newest = is_newest_schema(*database_); });
  if (newest) return;
  // Two processes may open a new study at once: the second finds it made.
  transact(true, [&](bool) {
    database_->lock_schema();
    migrate_schema(*database_);
  });
}

void Store::reconnect(const std::string& why) {
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
        throw SystemError(
            fmt::format("{}; since then another connection holds the study, and its driver has "
                        "not said who it is; see pg_locks, or run the same command again: what "
                        "was finished is kept",
                        why));
      throw SystemError(
          fmt::format("{}; gave up after {:.0f} s; start the server, then run the same "
                      "command again: what was finished is kept",
                      why, patience_));
    }
    check_interrupt("stopped while the store was out of reach");
    std::this_thread::sleep_for(std::chrono::duration<double>(pause));
    pause = std::min(2 * pause, 5.0);
  }
}

bool Store::recover(const TryAgain& error, double& waited) {
  if (!dynamic_cast<const Undone*>(&error)) {
    reconnect(error.what());
    return true;
  }
  if (waited >= patience_)
    throw SystemError(
        fmt::format("{}; gave up after {:.0f} s; run the same command again: what "
                    "was finished is kept",
                    error.what(), waited));
  check_interrupt("stopped while the store was busy");
  // Whoever was let through needs a moment; many that were undone must not meet again.
  const double pause = std::clamp(waited, 0.01, 1.0);
  std::this_thread::sleep_for(std::chrono::duration<double>(pause));
  waited += pause;
  return false;
}

void Store::transact(bool durable, const std::function<void(bool)>& work) {
  demand_writable();
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

void Store::demand_writable() const {
  if (is_read_only()) throw Error(fmt::format("study {} is open for reading only", name()));
}

void Store::persist(const std::function<void()>& work) {
  for (double waited = 0;;) {
    try {
      return work();
    } catch (const TryAgain& error) {
      recover(error, waited);
    }
  }
}

Result Store::query(const std::string& sql, const std::vector<Database::Value>& values) {
  Result result;
  persist([&] {
    if (!view_.empty()) view_ = view_of_schema(*database_);  // others may have migrated it
    result = database_->run(view_ + sql, values);
  });
  return result;
}

json Store::settings() {
  const std::string text = note("settings");
  return text.empty() ? json() : json::parse(text);
}

void Store::set_settings(const json& settings) {
  set_note("settings", settings.dump());
}

std::string Store::note(const std::string& key) {
  std::string value;
  persist([&] { value = get_note(key); });
  return value;
}

std::string Store::get_note(const std::string& key, const std::string& lock) {
  const Result result =
      database_->run("SELECT CAST(value AS TEXT) FROM study WHERE key = $1" + lock, {key});
  return result.empty() ? "" : result.text(0, 0);
}

void Store::set_note(const std::string& key, const std::string& value) {
  transact(true, [&](bool) { put_note(key, value); });
}

void Store::put_note(const std::string& key, const std::string& value) {
  database_->run(
      "INSERT INTO study (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = "
      "excluded.value",
      {key, value});
}

std::string Store::agree(const std::string& key, const std::string& value) {
  transact(true, [&](bool) {
    database_->run("INSERT INTO study (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
                   {key, value});
  });
  return note(key);
}

// --- The driver's ---

/// Within a transaction: gives the owner's fields a row.
void Store::enroll(const Owner& owner) {
  database_->run(
      "INSERT INTO owners (owner, role, process, start, host, space, run, job) VALUES ($1, $2, $3, "
      "$4, $5, $6, $7, $8) ON CONFLICT (owner) DO NOTHING",
      {to_text(owner), to_text(owner.role), owner.process.number, owner.process.start,
       owner.process.host, owner.process.space, owner.run, owner.job});
}

void Store::drive(const Owner& owner) {
  if (epoch_ != 0) return;
  demand_writable();
  persist([&] { database_->hold([&] { return driver().owner.process; }); });
  int64_t epoch = 0;
  transact(true, [&](bool) {
    enroll(owner);
    // The owner with the epoch: who finds that it has changed finds who has changed it.
    epoch = database_
                ->run("UPDATE driver SET epoch = epoch + 1, owner = $1 RETURNING epoch",
                      {to_text(owner)})
                .integer(0, 0);
  });
  epoch_ = epoch;
}

/// Throws Superseded where the study has another driver than this one. With `lock`, as the database
/// spells it, none takes its place until the end of the transaction.
void Store::check_place(const std::string& lock) {
  if (database_->run("SELECT epoch FROM driver" + lock).integer(0, 0) == epoch_) return;
  const DriverRecord other = read_driver(database_->run(driver_query()));
  throw Superseded(fmt::format("study {} is driven by another process now ({}); this one has ended",
                               name(), to_text(other.owner.process)));
}

ArmRecord Store::arm(const std::string& arm) {
  const Result result = query(
      "SELECT proposed, observed, done, failed, repeats, core_seconds, gpu_seconds, joules, "
      "strategy_state FROM arms WHERE arm = $1",
      {arm});
  ArmRecord record;
  record.arm = arm;
  if (result.empty()) return record;
  return {arm,
          result.integer(0, 0),
          result.integer(0, 1),
          result.integer(0, 2),
          result.integer(0, 3),
          result.integer(0, 4),
          {result.real(0, 5), result.real(0, 6), result.real(0, 7)},
          result.text(0, 8)};
}

void Store::advance(const Step& step) {
  transact(true, [&](bool) {
    if (step.after) {
      const ArmRecord& after = *step.after;
      const ArmRecord& before = step.before.value();
      database_->run(
          "INSERT INTO arms (arm, proposed, observed, done, failed, repeats, core_seconds, "
          "gpu_seconds, joules, strategy_state) VALUES ($1, 0, 0, 0, 0, 0, 0, 0, 0, $2) "
          "ON CONFLICT (arm) DO NOTHING",
          {after.arm, Bytes{}});
      const Result moved = database_->run(
          "UPDATE arms SET proposed = $1, observed = $2, done = $3, failed = $4, repeats = $5, "
          "core_seconds = $6, gpu_seconds = $7, joules = $8, strategy_state = $9 "
          "WHERE arm = $10 AND proposed = $11 AND observed = $12",
          {after.proposed, after.observed, after.done, after.failed, after.repeats,
           after.cost.core_seconds, after.cost.gpu_seconds, after.cost.joules,
           Bytes{after.strategy_state}, after.arm, before.proposed, before.observed});
      if (moved.changed != 1) {
        // Where the connection went after the commit, all of this has been stored already.
        const Result there =
            database_->run("SELECT 1 FROM arms WHERE arm = $1 AND proposed = $2 AND observed = $3",
                           {after.arm, after.proposed, after.observed});
        if (there.empty())
          throw Error(fmt::format(
              "study {} has gone on without its driver; this is a fault, please report it",
              name()));
        return;
      }
    }
    for (const Trial& trial : step.decided)
      database_->run(
          "UPDATE trials SET state = $1, epochs = $2, rungs = $3, reward = $4, measurements = $5, "
          "cause = $6, message = $7 WHERE arm = $8 AND number = $9 AND state IN ('paused', "
          "'waiting')",
          {to_text(trial.state), trial.epochs, json(trial.rungs).dump(), reward_of(trial),
           json(trial.measurements).dump(), to_text(trial.cause), clean_message(trial.message),
           trial.arm, trial.number});
    for (const Trial& trial : step.proposed)
      database_->run(
          "INSERT INTO trials (arm, number, choices, form, repeats, state, epochs, rungs, reward, "
          "measurements, cause, message, failures, core_seconds, gpu_seconds, joules, "
          "peak_bytes, owner, token, beat) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
          "$12, '{}', 0, 0, 0, 0, '', 0, 0)",
          {trial.arm, trial.number, json(trial.choices).dump(), trial.form, trial.repeats,
           to_text(trial.state), trial.epochs, json(trial.rungs).dump(), reward_of(trial),
           json(trial.measurements).dump(), to_text(trial.cause), clean_message(trial.message)});
  });
}

void Store::ask_for(const std::string& arm, int64_t first, int64_t count) {
  transact(true, [&](bool) {
    database_->run(
        "UPDATE trials SET state = 'pending' WHERE arm = $1 AND number >= $2 AND number < $3 AND "
        "state = 'held'",
        {arm, first, count});
    database_->run(
        "UPDATE trials SET state = 'held' WHERE arm = $1 AND number >= $2 AND state = 'pending'",
        {arm, std::max(first, count)});
  });
}

int64_t Store::retry_failed() {
  int64_t count = 0;
  transact(true, [&](bool) {
    const int64_t changed =
        database_
            ->run(
                "UPDATE trials SET state = CASE WHEN repeats >= 0 THEN 'waiting' ELSE 'pending' "
                "END, cause = $1, message = '', failures = '{}' WHERE state = 'failed'",
                {to_text(Cause::kNone)})
            .changed;
    count = std::max(count, changed);  // where it is done again, none is left
    if (changed > 0) put_note(kRetriedNote, "true");
  });
  return count;
}

bool Store::has_retried() {
  return !note(kRetriedNote).empty();
}

void Store::beat_driver(double seconds) {
  transact(false, [&](bool again) {
    if (again) seconds = 0;  // rather a few lost than counted twice
    database_->run("UPDATE driver SET beat = beat + 1, seconds = seconds + $1", {seconds});
  });
}

void Store::set_state(StudyState state) {
  transact(true, [&](bool) { database_->run("UPDATE driver SET state = $1", {to_text(state)}); });
}

// --- The workers' ---

std::vector<Claim> Store::claim(const Owner& owner, int64_t count) {
  std::vector<Claim> claims;
  const std::string key = to_text(owner);
  const std::string columns = fmt::format("arm, token, {}", kColumns);
  const auto read = [&](const Result& result) {
    for (size_t row = 0; row < result.size(); ++row) {
      Result rest;
      rest.rows = {{result.rows[row].begin() + 2, result.rows[row].end()}};
      claims.push_back({read_trial(result.text(row, 0), rest, 0), result.integer(row, 1)});
    }
  };
  const std::string take = fmt::format(
      "WITH first AS (SELECT arm, number FROM trials WHERE state = 'pending' ORDER BY number, arm "
      "LIMIT $1{}) UPDATE trials SET state = 'running', owner = $2, token = token + 1, beat = 0 "
      "WHERE (arm, number) IN (SELECT arm, number FROM first) RETURNING {}",
      database_->skip_locked(), columns);
  transact(false, [&](bool again) {
    claims.clear();
    if (!enrolled_.contains(key)) enroll(owner);
    if (again) {
      // The lost answer may have been a claim: what is this owner's and fresh is taken up.
      read(database_->run(fmt::format("SELECT {} FROM trials WHERE owner = $1 AND state = "
                                      "'running' AND beat = 0 ORDER BY number, arm",
                                      columns),
                          {key}));
      if (!claims.empty()) return;
    }
    read(database_->run(take, {count, key}));
  });
  enrolled_.insert(key);
  std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
    return std::tie(a.trial.number, a.trial.arm) < std::tie(b.trial.number, b.trial.arm);
  });
  return claims;
}

std::vector<bool> Store::beat(const std::vector<Claim>& claims) {
  std::vector<bool> mine;
  transact(false, [&](bool) {
    mine.clear();
    for (const Claim& claim : claims)
      mine.push_back(
          database_
              ->run("UPDATE trials SET beat = beat + 1, core_seconds = $1, gpu_seconds = $2, "
                    "joules = $3 WHERE arm = $4 AND number = $5 AND token = $6 AND state = "
                    "'running'",
                    {claim.trial.cost.core_seconds, claim.trial.cost.gpu_seconds,
                     claim.trial.cost.joules, claim.trial.arm, claim.trial.number, claim.token})
              .changed == 1);
  });
  return mine;
}

std::vector<bool> Store::finish(const std::vector<Claim>& claims) {
  std::vector<bool> stored;
  transact(true, [&](bool again) {
    stored.clear();
    for (const Claim& claim : claims) {
      const Trial& trial = claim.trial;
      bool done =
          database_
              ->run(
                  "UPDATE trials SET state = $1, rungs = $2, reward = $3, measurements = $4, "
                  "cause = $5, message = $6, failures = $7, core_seconds = $8, gpu_seconds = "
                  "$9, joules = $10, peak_bytes = $11 WHERE arm = $12 AND number = $13 AND "
                  "token = $14 AND state = 'running'",
                  {to_text(trial.state), json(trial.rungs).dump(), reward_of(trial),
                   json(trial.measurements).dump(), to_text(trial.cause),
                   clean_message(trial.message), json(trial.failures).dump(),
                   trial.cost.core_seconds, trial.cost.gpu_seconds, trial.cost.joules,
                   trial.cost.peak_bytes, trial.arm, trial.number, claim.token})
              .changed == 1;
      if (!done && again)  // perhaps it was stored before the connection went
        done = !database_
                    ->run(
                        "SELECT 1 FROM trials WHERE arm = $1 AND number = $2 AND token = $3 AND "
                        "state = $4",
                        {trial.arm, trial.number, claim.token, to_text(trial.state)})
                    .empty();
      stored.push_back(done);
    }
  });
  return stored;
}

// --- Everybody's ---

std::vector<Trial> Store::trials(const std::string& arm, int64_t first, int64_t end) {
  const Result result = query(
      fmt::format("SELECT {} FROM trials WHERE arm = $1 AND number >= $2 AND number < $3 ORDER BY "
                  "number",
                  kColumns),
      {arm, first, end});
  std::vector<Trial> trials;
  for (size_t row = 0; row < result.size(); ++row) {
    trials.push_back(read_trial(arm, result, row));
    const auto expected = first + static_cast<int64_t>(row);
    if (trials.back().number != expected)
      throw InputError(fmt::format("study {} is damaged: trial {} of its {} arm is missing", name(),
                                   expected, arm));
  }
  return trials;
}

std::vector<Trial> Store::trials(const std::string& arm) {
  return trials(arm, 0, INT64_MAX);
}

DriverRecord Store::driver() {
  return read_driver(query(driver_query()));
}

std::vector<TrialStatus> Store::statuses(const std::string& arm, int64_t first, int64_t end) {
  const Result result = query(
      fmt::format("SELECT number, state, token, beat, core_seconds, gpu_seconds, joules, {} FROM "
                  "trials t LEFT JOIN owners o ON o.owner = t.owner WHERE arm = $1 AND number >= "
                  "$2 AND number < $3 ORDER BY number",
                  kOwnerColumns),
      {arm, first, end});
  std::vector<TrialStatus> statuses;
  for (size_t row = 0; row < result.size(); ++row)
    statuses.push_back({result.integer(row, 0),
                        parse_state(result.text(row, 1)),
                        result.integer(row, 2),
                        result.integer(row, 3),
                        read_owner(result, row, 7),
                        {result.real(row, 4), result.real(row, 5), result.real(row, 6)}});
  return statuses;
}

int64_t Store::find_form(const std::string& arm, const std::string& form) {
  const Result result =
      query("SELECT number FROM trials WHERE arm = $1 AND form = $2 ORDER BY number LIMIT 1",
            {arm, form});
  return result.empty() ? -1 : result.integer(0, 0);
}

std::map<TrialState, int64_t> Store::counts(const std::string& arm_name) {
  // Generations that are observed are counted in the arm's record: of a large study, only the
  // others are read.
  const ArmRecord record = arm(arm_name);
  std::map<TrialState, int64_t> counts;
  int64_t first = 0;
  if (!has_retried()) {
    counts = {{TrialState::kDone, record.done}, {TrialState::kFailed, record.failed}};
    first = record.done + record.failed;
  }
  const Result result =
      query("SELECT state, count(*) FROM trials WHERE arm = $1 AND number >= $2 GROUP BY state",
            {arm_name, first});
  for (size_t row = 0; row < result.size(); ++row)
    counts[parse_state(result.text(row, 0))] += result.integer(row, 1);
  std::erase_if(counts, [](const auto& state) { return state.second == 0; });
  return counts;
}

std::vector<Trial> Store::best(const std::string& arm, int64_t count, int64_t end, double least) {
  // The sum keeps databases from reading all trials by their numbers instead of the best by reward.
  const Result result = query(
      fmt::format("SELECT {} FROM trials WHERE arm = $1 AND state = 'done' AND repeats < 0 AND "
                  "number + 0 < $2 AND reward >= $3 ORDER BY reward DESC, number LIMIT $4",
                  kColumns),
      {arm, end, least, count});
  std::vector<Trial> trials;
  for (size_t row = 0; row < result.size(); ++row) trials.push_back(read_trial(arm, result, row));
  return trials;
}

std::string without_password(const std::string& url) {
  static const std::regex kUser(R"(^(\w+://[^:/@?]*):[^@/]*@)"),
      kParameter("([?&])password=[^&]*&?");
  return std::regex_replace(std::regex_replace(url, kUser, "$1@"), kParameter, "$1");
}

std::unique_ptr<Store> open_store(const std::string& store, const std::string& study, OpenMode mode,
                                  double patience) {
  if (store.empty()) return std::make_unique<Store>(open_sqlite(study, mode), patience);
  if (!store.starts_with("postgresql://") && !store.starts_with("postgres://"))
    throw InputError(fmt::format(
        "--store {}: write postgresql://USER@HOST/DATABASE, or leave it out for a file", store));
  return std::make_unique<Store>(open_postgres(store, study, mode, patience), patience);
}

}  // namespace nasnet::search
