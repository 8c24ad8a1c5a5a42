#include "nasnet/search/store/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "nasnet/base/check.h"
#include "nasnet/base/unix_time.h"
#include "nasnet/search/store/store_rows.h"

namespace nasnet::search {

namespace {

using nlohmann::json;

void read_claims(const Database::Result& result, std::vector<Claim>& claims) {
  for (size_t row = 0; row < result.size(); ++row)
    claims.push_back({read_trial(result.text(row, 0), result, row, 2), result.integer(row, 1)});
}

/// Text beyond this is of no use to who reads the end of a log.
constexpr size_t kLongestLog = 8000;

/// Stores the course of an attempt, in the place of an earlier one's.
void store_trace(Database& database, const Claim& claim) {
  const TrialTrace& trace = claim.trace;
  if (claim.token > 1)  // a first attempt has none before it
    database.run("DELETE FROM traces WHERE arm = $1 AND number = $2",
                 {claim.trial.arm, claim.trial.number});
  if (trace.curve.empty() && trace.log.empty()) return;
  json curve = json::array();
  for (const CurvePoint& point : trace.curve)
    curve.push_back({point.epoch, point.loss, point.accuracy});
  const size_t cut = trace.log.size() - std::min(trace.log.size(), kLongestLog);
  database.run(
      "INSERT INTO traces (arm, number, curve, log) VALUES ($1, $2, $3, $4)",
      {claim.trial.arm, claim.trial.number, curve.dump(), clean_text(trace.log.substr(cut))});
}

/// Stores the result of a trial where it is still this claim's.
bool store_result(Database& database, const Claim& claim) {
  const Trial& trial = claim.trial;
  const Database::Result result = database.run(
      "UPDATE trials SET state = $1, rungs = $2, reward = $3, measurements = $4, cause = $5, "
      "message = $6, failures = $7, core_seconds = $8, gpu_seconds = $9, joules = $10, "
      "peak_bytes = $11, finished = $12 WHERE arm = $13 AND number = $14 AND token = $15 AND state "
      "= 'running'",
      {to_text(trial.state), json(trial.rungs).dump(), reward_value(trial),
       json(trial.measurements).dump(), to_text(trial.cause), clean_message(trial.message),
       json(trial.failures).dump(), trial.cost.core_seconds, trial.cost.gpu_seconds,
       trial.cost.joules, trial.cost.peak_bytes, unix_seconds(), trial.arm, trial.number,
       claim.token});
  if (result.changed != 1) return false;
  store_trace(database, claim);
  return true;
}

bool is_stored(Database& database, const Claim& claim) {
  const Trial& trial = claim.trial;
  return !database
              .run(
                  "SELECT 1 FROM trials WHERE arm = $1 AND number = $2 AND token = $3 AND state = "
                  "$4",
                  {trial.arm, trial.number, claim.token, to_text(trial.state)})
              .empty();
}

/// A worker ends an attempt, or gives it back; the other states are the driver's to set.
bool ends_attempt(TrialState state) {
  return state == TrialState::kDone || state == TrialState::kFailed ||
         state == TrialState::kPaused || state == TrialState::kPending;
}

}  // namespace

std::vector<Claim> Store::claim(const Owner& owner, int64_t count) {
  std::vector<Claim> claims;
  const std::string key = to_text(owner);
  const std::string columns = fmt::format("arm, token, {}", kTrialColumns);
  const std::string take = fmt::format(
      "WITH first AS (SELECT arm, number FROM trials WHERE state = 'pending' ORDER BY number, arm "
      "LIMIT $1{}) UPDATE trials SET state = 'running', owner = $2, token = token + 1, beat = 0 "
      "WHERE (arm, number) IN (SELECT arm, number FROM first) RETURNING {}",
      database_.skip_locked(), columns);
  const std::string fresh = fmt::format(
      "SELECT {} FROM trials WHERE owner = $1 AND state = 'running' AND beat = 0 ORDER BY number, "
      "arm",
      columns);
  // Claims may be forgotten with a server's machine. Their owner may not: nobody could tell of
  // later ones that it has died.
  if (!enrolled_.contains(key)) {
    session_.transact(true, [&](bool) { enroll(database_, owner); });
    enrolled_.insert(key);
  }
  session_.transact(false, [&](bool again) {
    claims.clear();
    // The lost answer may have been a claim: this owner's fresh trials are taken up.
    if (again) read_claims(database_.run(fresh, {key}), claims);
    if (claims.empty()) read_claims(database_.run(take, {count, key}), claims);
  });
  std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
    return std::tie(a.trial.number, a.trial.arm) < std::tie(b.trial.number, b.trial.arm);
  });
  for (const Claim& claim : claims)
    NASNET_CHECK(claim.token > 0 && claim.trial.state == TrialState::kRunning,
                 "each claim has a token of its own, from 1");
  return claims;
}

std::vector<bool> Store::beat(const std::vector<Claim>& claims) {
  std::vector<bool> mine;
  session_.transact(false, [&](bool) {
    mine.clear();
    for (const Claim& claim : claims) {
      const Trial& trial = claim.trial;
      const Database::Result result = database_.run(
          "UPDATE trials SET beat = beat + 1, core_seconds = $1, gpu_seconds = $2, joules = $3 "
          "WHERE arm = $4 AND number = $5 AND token = $6 AND state = 'running'",
          {trial.cost.core_seconds, trial.cost.gpu_seconds, trial.cost.joules, trial.arm,
           trial.number, claim.token});
      mine.push_back(result.changed == 1);
    }
  });
  return mine;
}

std::vector<bool> Store::finish(const std::vector<Claim>& claims) {
  for (const Claim& claim : claims)
    NASNET_CHECK(claim.token > 0 && ends_attempt(claim.trial.state),
                 "a result is a claim's, and ends its attempt");
  std::vector<bool> stored;
  session_.transact(true, [&](bool again) {
    stored.clear();
    for (const Claim& claim : claims)
      stored.push_back(store_result(database_, claim) || (again && is_stored(database_, claim)));
  });
  return stored;
}

}  // namespace nasnet::search
