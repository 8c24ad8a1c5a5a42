#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nasnet/search/store/policy_record.h"
#include "nasnet/search/store/store_session.h"
#include "nasnet/search/store/trial.h"
#include "nasnet/search/store/trial_trace.h"

namespace nasnet::search {

/// How far the loop of one arm has come, and what its observed generations sum up to: all that a
/// resumed study needs beside the trials that are not observed yet.
struct ArmRecord {
  std::string arm;
  int64_t proposed = 0;                       ///< generations proposed
  int64_t observed = 0;                       ///< generations that the strategy has observed
  int64_t done = 0, failed = 0, repeats = 0;  ///< trials of observed generations
  Cost cost;                                  ///< of observed generations
  std::string strategy_state;
};

/// A trial in the hands of a worker. The token fences: it grows with every claim, and a worker
/// whose trial has been taken back and given to another cannot write any more.
struct Claim {
  Trial trial;
  int64_t token = 0;
  TrialTrace trace;  ///< to be stored with its result, but for `finished`, which the store tells
};

/// Where a trial stands, without what it found.
struct TrialStatus {
  int64_t number = 0;
  TrialState state = TrialState::kPending;
  int64_t token = 0, beat = 0;  ///< of its last claim; the beat grows while its worker lives
  Owner owner;                  ///< that claimed it last
  Cost spent;                   ///< so far, all attempts
};

/// A trial's result without its candidate: the part that curves over a large study need.
struct TrialOutcome {
  TrialState state = TrialState::kPending;
  bool repeats = false;  ///< an earlier trial: it was not evaluated itself
  double reward = 0;     ///< of a trial that is done
  double core_seconds = 0, gpu_seconds = 0, joules = 0;
  double finished = 0;  ///< see TrialTrace
};

/// A trial's candidate and what was measured of it, without its history: the part that tables over
/// a large study need.
struct TrialFacts {
  space::Choices choices;
  Measurements measurements;  ///< of a trial that is done
  int64_t peak_bytes = 0;
};

/// An owner's trials in work, for whoever shows them.
struct OwnerAtWork {
  Owner owner;
  int64_t trials = 0;
};

/// The trials of an arm that an owner has finished within some time.
struct OwnersWork {
  Owner owner;
  int64_t trials = 0;
  double core_seconds = 0;  ///< of them
  double first = 0;         ///< when the first of them ended, see TrialTrace
};

/// A study: settings, trials, strategy states and what was spent, in an SQLite file or a PostgreSQL
/// database. The only truth: a killed study is reopened from it. What has returned is durable
/// (fsync), but for claims and beats, which may be forgotten with the machine that made them.
///
/// One process drives a study; any number of workers claim its trials. Every call may be repeated
/// after the connection was lost in its middle: it then has happened once.
///
/// Calls that write throw Error where the study is open with kRead, InputError while it is of an
/// older version, and Superseded to a driver that has lost its place. All throw SystemError where
/// the disk fails or is full, or the server has been out of reach for `patience` seconds.
class Store {
 public:
  explicit Store(std::unique_ptr<Database> database, double patience = 300);
  ~Store();
  Store(const Store&) = delete;

  const std::string& name() const { return session_.name(); }

  /// The settings the study was made with; null for a new one.
  nlohmann::json settings();
  void set_settings(const nlohmann::json& settings);
  /// Small texts that belong to the study (which jobs run for it, ...); "" where there is none.
  std::string note(const std::string& key);
  void set_note(const std::string& key, const std::string& value);
  /// The note that is there, or where there is none `value`, which it then is.
  std::string agree(const std::string& key, const std::string& value);

  // --- The driver's half ---

  /// Makes this process the study's driver, as `owner`, and then migrates a study of an older
  /// version; nothing where it is the driver already. Throws InputError that names the driver there
  /// is. A driver that has lost its place to another, while its connection was gone, cannot write
  /// any more, not even as a worker: each call that would throws Superseded, and so does one that
  /// finds it out while it connects again.
  void drive(const Owner& owner) { session_.drive(owner); }

  /// Stores a step of an arm's loop in one transaction: its new record, where there is one, the
  /// decisions over trials that no worker holds, and new proposals. `before`: what the record was.
  struct Step {
    std::optional<ArmRecord> before, after;
    std::vector<Trial> decided, proposed;
    std::optional<PolicyRecord> policy;  ///< that has proposed them; of an arm's step alone
  };
  void advance(const Step& step);

  /// Puts trials of the arm from `count` on back until more are asked for, and those before it in
  /// the queue. Those before `first` are finished, and are not looked at.
  void ask_for(const std::string& arm, int64_t first, int64_t count);

  /// Puts failed trials of all arms back in the queue, as if they had never been tried but for what
  /// they have cost; returns their number. What a strategy has observed of them stays observed.
  int64_t retry_failed();
  /// True if that has ever been done: trials that have been observed may then be unfinished.
  bool has_retried();
  /// Gives evaluated trials, done or paused, other rewards, by an objective that has changed; in
  /// one transaction with the settings that say so, unless they are null: said before.
  void set_rewards(const std::vector<Trial>& trials, const nlohmann::json& settings = {});

  /// Says that the driver lives, and adds the wall-clock seconds that it has driven the study since
  /// it said so last.
  void beat_driver(double seconds);
  void set_state(StudyState state);

  // --- The workers' half ---

  /// At most `count` trials that wait to be evaluated, the earliest first, now this owner's.
  std::vector<Claim> claim(const Owner& owner, int64_t count);
  /// Says that their worker lives, and what the attempts have cost so far. Not among the result:
  /// those that are this worker's no more.
  std::vector<bool> beat(const std::vector<Claim>& claims);
  /// Stores what became of claimed trials, in one transaction; false for those that are this
  /// worker's no more, which stay as they are.
  std::vector<bool> finish(const std::vector<Claim>& claims);

  // --- For everybody, also where the study is open for reading only ---

  DriverRecord driver() { return session_.driver(); }
  /// How far an arm has come; zeros for one that has not begun.
  ArmRecord arm(const std::string& arm);
  /// Trials [first, end) of an arm. Throws InputError where one is missing.
  std::vector<Trial> trials(const std::string& arm, int64_t first, int64_t end);
  std::vector<Trial> trials(const std::string& arm);
  std::vector<TrialStatus> statuses(const std::string& arm, int64_t first, int64_t end);
  /// The outcomes of at most `most` trials from `first` on. Throws InputError where one is missing.
  std::vector<TrialOutcome> outcomes(const std::string& arm, int64_t first, int64_t most);
  /// The course of a trial's latest attempt; an empty one where nothing is known of it.
  TrialTrace trace(const std::string& arm, int64_t number);
  /// The policies that are kept of an arm, the earliest first.
  std::vector<PolicyRecord> policies(const std::string& arm);
  /// Of the same trials their candidates and measurements.
  std::vector<TrialFacts> facts(const std::string& arm, int64_t first, int64_t most);
  /// At most `count` of the trials before `end` that are done, the latest of them, in their order.
  std::vector<Trial> latest_done(const std::string& arm, int64_t count, int64_t end = INT64_MAX);
  /// Those that hold a trial of any arm now.
  std::vector<OwnerAtWork> at_work();
  /// The trials from `first` on that have ended since, in seconds since 1970, by owner. Repeats,
  /// which nobody evaluates, are left out.
  std::vector<OwnersWork> finished_since(const std::string& arm, int64_t first, double since);
  /// The number of failed trials of an arm, by the cause of the last attempt.
  std::map<Cause, int64_t> failed_by_cause(const std::string& arm);
  /// The earliest trial of the arm with this canonical form; -1 for none.
  int64_t find_form(const std::string& arm, const std::string& form);
  /// The number of the arm's trials in each state that any is in. Reads little of a large study.
  std::map<TrialState, int64_t> counts(const std::string& arm);
  /// The best trials before `end` that are done and repeat no other, with rewards of at least
  /// `least` (see Objective::least_reward()), at most `count`, the best first; earlier trials win
  /// ties.
  std::vector<Trial> best(const std::string& arm, int64_t count, int64_t end = INT64_MAX,
                          double least = -std::numeric_limits<double>::infinity());

 private:
  /// Within a transaction.
  void put_note(const std::string& key, const std::string& value);

  StoreSession session_;
  Database& database_;              // the session's
  std::set<std::string> enrolled_;  // owners that have a row
};

/// The address of a store as it may be shown.
std::string without_password(const std::string& url);

/// Opens the study `study`: a file, or with `store` (postgresql://...) a study in that database.
///
/// With kRead no byte is changed, and no lock is held beyond a query: the study may be in use,
/// older than this program (it is read as it is), or on media that cannot be written to. The index
/// of a log that a writer has just begun (-shm) is the one exception: its first reader marks it.
/// kWork takes part in a study that is there; kDrive makes it where it is not, and Store::drive()
/// then migrates one of an older version.
///
/// Throws InputError for a file or schema that is no study or is of a newer version, and with kWork
/// for one of an older version; SystemError where it cannot be reached or written to.
std::unique_ptr<Store> open_store(const std::string& store, const std::string& study, OpenMode mode,
                                  double patience = 300);

}  // namespace nasnet::search
