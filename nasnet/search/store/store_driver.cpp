#include "nasnet/search/store/store.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nasnet/base/check.h"
#include "nasnet/base/unix_time.h"
#include "nasnet/search/store/store_rows.h"

namespace nasnet::search {
namespace {

using nlohmann::json;
using Result = Database::Result;

constexpr const char* kRetriedNote = "retried";

/// Moves an arm's record on. False where it has been moved already: the connection went between the
/// commit and its answer.
bool move_arm(Database& database, const ArmRecord& before, const ArmRecord& after) {
  NASNET_CHECK(after.arm == before.arm && after.proposed >= before.proposed &&
                   after.observed >= before.observed && after.observed <= after.proposed,
               "generations are proposed, then observed, and neither is taken back");
  database.run(
      "INSERT INTO arms (arm, proposed, observed, done, failed, repeats, core_seconds, "
      "gpu_seconds, joules, strategy_state) VALUES ($1, 0, 0, 0, 0, 0, 0, 0, 0, $2) "
      "ON CONFLICT (arm) DO NOTHING",
      {after.arm, Database::Bytes{}});
  const Result moved = database.run(
      "UPDATE arms SET proposed = $1, observed = $2, done = $3, failed = $4, repeats = $5, "
      "core_seconds = $6, gpu_seconds = $7, joules = $8, strategy_state = $9 "
      "WHERE arm = $10 AND proposed = $11 AND observed = $12",
      {after.proposed, after.observed, after.done, after.failed, after.repeats,
       after.cost.core_seconds, after.cost.gpu_seconds, after.cost.joules,
       Database::Bytes{after.strategy_state}, after.arm, before.proposed, before.observed});
  if (moved.changed == 1) return true;
  const Result there =
      database.run("SELECT 1 FROM arms WHERE arm = $1 AND proposed = $2 AND observed = $3",
                   {after.arm, after.proposed, after.observed});
  NASNET_CHECK(!there.empty(), "an arm goes on through its driver alone");
  return false;
}

/// Stores a decision over a trial that no worker holds.
void decide(Database& database, const Trial& trial) {
  database.run(
      "UPDATE trials SET state = $1, epochs = $2, rungs = $3, reward = $4, measurements = $5, "
      "cause = $6, message = $7, finished = CASE WHEN $8 = 1 THEN $9 ELSE finished END WHERE arm "
      "= $10 AND number = $11 AND state IN ('paused', 'waiting')",
      {to_text(trial.state), trial.epochs, json(trial.rungs).dump(), reward_value(trial),
       json(trial.measurements).dump(), to_text(trial.cause), clean_message(trial.message),
       int64_t{trial.finished()}, unix_seconds(), trial.arm, trial.number});
}

/// Where it is there already, a step that was lost is done again.
void insert(Database& database, const std::string& arm, const PolicyRecord& policy) {
  // Four digits are more than a picture shows.
  json probabilities = json::array();
  for (const std::vector<double>& decision : policy.probabilities) {
    json& row = probabilities.emplace_back(json::array());
    for (const double p : decision) row.push_back(std::round(p * 1e4) / 1e4);
  }
  database.run(
      "INSERT INTO policies (arm, trials, entropy, probabilities) VALUES ($1, $2, $3, $4) ON "
      "CONFLICT (arm, trials) DO NOTHING",
      {arm, policy.trials, policy.entropy, probabilities.dump()});
}

void insert(Database& database, const Trial& trial) {
  NASNET_CHECK(trial.number >= 0 && trial.repeats < trial.number,
               "a trial repeats only an earlier one");
  database.run(
      "INSERT INTO trials (arm, number, choices, form, repeats, state, epochs, rungs, reward, "
      "measurements, cause, message, failures, core_seconds, gpu_seconds, joules, "
      "peak_bytes, owner, token, beat) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
      "$12, '{}', 0, 0, 0, 0, '', 0, 0)",
      {trial.arm, trial.number, json(trial.choices).dump(), trial.form, trial.repeats,
       to_text(trial.state), trial.epochs, json(trial.rungs).dump(), reward_value(trial),
       json(trial.measurements).dump(), to_text(trial.cause), clean_message(trial.message)});
}

}  // namespace

void Store::advance(const Step& step) {
  NASNET_CHECK(step.before.has_value() == step.after.has_value(), "a step is from a record to one");
  NASNET_CHECK(step.after || !step.policy, "a policy is an arm's");
  session_.transact(true, [&](bool) {
    if (step.after && !move_arm(database_, *step.before, *step.after)) return;
    for (const Trial& trial : step.decided) decide(database_, trial);
    for (const Trial& trial : step.proposed) insert(database_, trial);
    if (step.policy) insert(database_, step.after->arm, *step.policy);
  });
}

void Store::ask_for(const std::string& arm, int64_t first, int64_t count) {
  session_.transact(true, [&](bool) {
    database_.run(
        "UPDATE trials SET state = 'pending' WHERE arm = $1 AND number >= $2 AND number < $3 AND "
        "state = 'held'",
        {arm, first, count});
    database_.run(
        "UPDATE trials SET state = 'held' WHERE arm = $1 AND number >= $2 AND state = 'pending'",
        {arm, std::max(first, count)});
  });
}

void Store::set_rewards(const std::vector<Trial>& trials, const json& settings) {
  session_.transact(true, [&](bool) {
    for (const Trial& trial : trials)
      database_.run(
          "UPDATE trials SET reward = $1, rungs = $2 WHERE arm = $3 AND number = $4 AND state = $5",
          {reward_value(trial), json(trial.rungs).dump(), trial.arm, trial.number,
           to_text(trial.state)});
    if (!settings.is_null()) put_note("settings", settings.dump());
  });
}

int64_t Store::retry_failed() {
  int64_t count = 0;
  session_.transact(true, [&](bool) {
    const Result result = database_.run(
        "UPDATE trials SET state = CASE WHEN repeats >= 0 THEN 'waiting' ELSE 'pending' END, "
        "cause = $1, message = '', failures = '{}' WHERE state = 'failed'",
        {to_text(Cause::kNone)});
    count = std::max(count, result.changed);  // where it is done again, none is left
    if (result.changed > 0) put_note(kRetriedNote, "true");
  });
  return count;
}

bool Store::has_retried() {
  return !note(kRetriedNote).empty();
}

void Store::beat_driver(double seconds) {
  session_.transact(false, [&](bool again) {
    if (again) seconds = 0;  // rather a few lost than counted twice
    database_.run("UPDATE driver SET beat = beat + 1, seconds = seconds + $1", {seconds});
  });
}

void Store::set_state(StudyState state) {
  session_.transact(true,
                    [&](bool) { database_.run("UPDATE driver SET state = $1", {to_text(state)}); });
}

}  // namespace nasnet::search
