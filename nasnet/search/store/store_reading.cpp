#include "nasnet/search/store/store.h"

#include <fmt/format.h>

#include <tuple>

#include "nasnet/base/check.h"
#include "nasnet/search/store/store_rows.h"

namespace nasnet::search {

using Result = Database::Result;

namespace {

void demand_number(const std::string& study, const std::string& arm, int64_t number,
                   int64_t expected) {
  if (number == expected) return;
  throw InputError(
      fmt::format("study {} is damaged: trial {} of its {} arm is missing", study, expected, arm));
}

}  // namespace

ArmRecord Store::arm(const std::string& arm) {
  const Result result = session_.query(
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

std::vector<Trial> Store::trials(const std::string& arm, int64_t first, int64_t end) {
  const Result result = session_.query(
      fmt::format("SELECT {} FROM trials WHERE arm = $1 AND number >= $2 AND number < $3 ORDER BY "
                  "number",
                  kTrialColumns),
      {arm, first, end});
  std::vector<Trial> trials;
  for (size_t row = 0; row < result.size(); ++row) {
    trials.push_back(read_trial(arm, result, row));
    demand_number(name(), arm, trials.back().number, first + static_cast<int64_t>(row));
  }
  return trials;
}

std::vector<Trial> Store::trials(const std::string& arm) {
  return trials(arm, 0, INT64_MAX);
}

std::vector<TrialStatus> Store::statuses(const std::string& arm, int64_t first, int64_t end) {
  const Result result = session_.query(
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

std::vector<TrialOutcome> Store::outcomes(const std::string& arm, int64_t first, int64_t most) {
  const Result result = session_.query(
      "SELECT number, state, repeats, reward, core_seconds, gpu_seconds, joules, finished FROM "
      "trials "
      "WHERE arm = $1 AND number >= $2 ORDER BY number LIMIT $3",
      {arm, first, most});
  std::vector<TrialOutcome> outcomes;
  outcomes.reserve(result.size());
  for (size_t row = 0; row < result.size(); ++row) {
    demand_number(name(), arm, result.integer(row, 0), first + static_cast<int64_t>(row));
    outcomes.push_back({parse_state(result.text(row, 1)), result.integer(row, 2) >= 0,
                        result.real(row, 3), result.real(row, 4), result.real(row, 5),
                        result.real(row, 6), result.real(row, 7)});
  }
  return outcomes;
}

TrialTrace Store::trace(const std::string& arm, int64_t number) {
  const Result result = session_.query(
      "SELECT t.finished, COALESCE(c.curve, '[]'), COALESCE(c.log, '') FROM trials t LEFT JOIN "
      "traces c ON c.arm = t.arm AND c.number = t.number WHERE t.arm = $1 AND t.number = $2",
      {arm, number});
  if (result.empty()) return {};
  TrialTrace trace{result.real(0, 0), {}, result.text(0, 2)};
  using Rows = std::vector<std::tuple<int64_t, double, double>>;
  const char* subject = "a trial has the curve";
  for (const auto& [epoch, loss, accuracy] : read_stored<Rows>(result.text(0, 1), subject))
    trace.curve.push_back({epoch, loss, accuracy});
  return trace;
}

std::vector<PolicyRecord> Store::policies(const std::string& arm) {
  const Result result = session_.query(
      "SELECT trials, entropy, probabilities FROM policies WHERE arm = $1 ORDER BY trials", {arm});
  std::vector<PolicyRecord> policies;
  for (size_t row = 0; row < result.size(); ++row)
    policies.push_back({result.integer(row, 0), result.real(row, 1),
                        read_stored<decltype(PolicyRecord::probabilities)>(
                            result.text(row, 2), "a policy has the probabilities")});
  return policies;
}

std::vector<TrialFacts> Store::facts(const std::string& arm, int64_t first, int64_t most) {
  const Result result = session_.query(
      "SELECT number, choices, measurements, peak_bytes FROM trials WHERE arm = $1 AND number >= "
      "$2 ORDER BY number LIMIT $3",
      {arm, first, most});
  std::vector<TrialFacts> facts;
  facts.reserve(result.size());
  for (size_t row = 0; row < result.size(); ++row) {
    demand_number(name(), arm, result.integer(row, 0), first + static_cast<int64_t>(row));
    facts.push_back({read_choices(result.text(row, 1)), read_measurements(result.text(row, 2)),
                     result.integer(row, 3)});
  }
  return facts;
}

std::vector<Trial> Store::latest_done(const std::string& arm, int64_t count, int64_t end) {
  const Result result = session_.query(
      fmt::format(
          "SELECT {} FROM trials WHERE arm = $1 AND number < $2 AND state = 'done' ORDER BY "
          "number DESC LIMIT $3",
          kTrialColumns),
      {arm, end, count});
  std::vector<Trial> trials;
  for (size_t row = result.size(); row-- > 0;) trials.push_back(read_trial(arm, result, row));
  return trials;
}

std::vector<OwnerAtWork> Store::at_work() {
  const Result result = session_.query(
      fmt::format("SELECT count(*), {0} FROM trials t JOIN owners o ON o.owner = t.owner WHERE "
                  "t.state = 'running' GROUP BY {0} ORDER BY {0}",
                  kOwnerColumns));
  std::vector<OwnerAtWork> owners;
  for (size_t row = 0; row < result.size(); ++row)
    owners.push_back({read_owner(result, row, 1), result.integer(row, 0)});
  return owners;
}

std::vector<OwnersWork> Store::finished_since(const std::string& arm, int64_t first, double since) {
  const Result result = session_.query(
      fmt::format(
          "SELECT count(*), sum(core_seconds), min(finished), {0} FROM trials t JOIN owners o "
          "ON o.owner = t.owner WHERE arm = $1 AND number >= $2 AND finished >= $3 AND "
          "repeats < 0 AND t.state IN ('done', 'failed') GROUP BY {0} ORDER BY {0}",
          kOwnerColumns),
      {arm, first, since});
  std::vector<OwnersWork> work;
  for (size_t row = 0; row < result.size(); ++row)
    work.push_back({read_owner(result, row, 3), result.integer(row, 0), result.real(row, 1),
                    result.real(row, 2)});
  return work;
}

std::map<Cause, int64_t> Store::failed_by_cause(const std::string& arm) {
  const Result result = session_.query(
      "SELECT cause, count(*) FROM trials WHERE arm = $1 AND state = 'failed' GROUP BY cause",
      {arm});
  std::map<Cause, int64_t> causes;
  for (size_t row = 0; row < result.size(); ++row)
    causes[parse_cause(result.text(row, 0))] += result.integer(row, 1);
  return causes;
}

int64_t Store::find_form(const std::string& arm, const std::string& form) {
  const Result result = session_.query(
      "SELECT number FROM trials WHERE arm = $1 AND form = $2 ORDER BY number LIMIT 1",
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
  const Result result = session_.query(
      "SELECT state, count(*) FROM trials WHERE arm = $1 AND number >= $2 GROUP BY state",
      {arm_name, first});
  for (size_t row = 0; row < result.size(); ++row)
    counts[parse_state(result.text(row, 0))] += result.integer(row, 1);
  std::erase_if(counts, [](const auto& state) { return state.second == 0; });
  return counts;
}

std::vector<Trial> Store::best(const std::string& arm, int64_t count, int64_t end, double least) {
  // The sum keeps databases from reading all trials by their numbers instead of the best by reward.
  const Result result = session_.query(
      fmt::format("SELECT {} FROM trials WHERE arm = $1 AND state = 'done' AND repeats < 0 AND "
                  "number + 0 < $2 AND reward >= $3 ORDER BY reward DESC, number LIMIT $4",
                  kTrialColumns),
      {arm, end, least, count});
  std::vector<Trial> trials;
  for (size_t row = 0; row < result.size(); ++row) trials.push_back(read_trial(arm, result, row));
  return trials;
}

}  // namespace nasnet::search
