#include "nasnet/terminal/snapshot.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/quantity.h"
#include "nasnet/report/reward_text.h"

namespace nasnet::terminal {
namespace {

using nlohmann::ordered_json;

/// Cells listed, and points of the curve that nobody draws: all improvements come besides.
constexpr int64_t kListed = 12, kPoints = 1;

/// A budget's part that is spent, of which the time to go follows.
struct Spent {
  double amount = 0, limit = 0;
};

}  // namespace

Snapshot take_snapshot(dashboard::LiveStudy& live, const Snapshot& before) {
  Snapshot now = before;
  now.problem.clear();
  try {
    ordered_json study = live.detail();
    if (!study.at("problem").is_null()) throw InputError(study.at("problem").get<std::string>());
    ordered_json curve = live.curve(dashboard::Along::kTrials, kPoints);
    ordered_json best = live.best(search::kSearchArm, kListed).at("trials");
    for (ordered_json& trial : best)
      trial["line"] = live.trial(search::kSearchArm, trial.at("number")).at("line");
    now.study = std::move(study);
    now.curve = std::move(curve);
    now.best = std::move(best);
  } catch (const Error& error) {
    now.problem = error.what();
  }
  return now;
}

bool has_ended(const Snapshot& snapshot) {
  if (!snapshot.problem.empty() || snapshot.study.is_null()) return false;
  const std::string state = snapshot.study.at("state");
  return state == "complete" || state == "spent" || state == "stopped";
}

double seconds_to_go(const ordered_json& study) {
  if (study.at("state") != "running" || study.at("silent").get<bool>()) return -1;
  const double seconds = study.at("seconds");
  Spent trials;
  for (const ordered_json& arm : study.at("arms")) {
    trials.amount += arm.at("finished").get<double>();
    trials.limit += arm.at("asked").get<double>();
  }
  const ordered_json& settings = study.at("settings");
  const Spent time{seconds, parse_seconds(settings.at("time"), "--time")},
      cores{study.at("core_seconds").get<double>() / 3600, settings.at("core_hours")},
      gpus{study.at("gpu_seconds").get<double>() / 3600, settings.at("gpu_hours")};
  double to_go = -1;
  for (const Spent& one : {trials, time, cores, gpus}) {
    if (one.amount <= 0 || one.limit <= 0) continue;
    const double own = std::max(0.0, one.limit - one.amount) * seconds / one.amount;
    to_go = to_go < 0 ? own : std::min(to_go, own);
  }
  return to_go;
}

std::string hours_text(double seconds) {
  const double hours = seconds / 3600;
  return hours < 1 ? fmt::format("{:.3g}", hours) : fmt::format("{:.2f}", hours);
}

std::string state_text(const ordered_json& study) {
  if (study.at("silent").get<bool>()) return "its driver is silent";
  return study.at("state");
}

std::string progress_line(const Snapshot& snapshot) {
  const ordered_json& study = snapshot.study;
  const report::RewardText rewards{search::Objective(study.at("objective").get<std::string>())};
  std::string text = fmt::format("{}: {}", study.at("name").get<std::string>(), state_text(study));
  for (const ordered_json& arm : study.at("arms")) {
    const bool is_search = arm.at("arm") == search::kSearchArm;
    const int64_t failed = arm.at("failed");
    text +=
        fmt::format("; {} {} of {}", is_search ? study.at("strategy").get<std::string>() : "random",
                    arm.at("finished").get<int64_t>(), arm.at("asked").get<int64_t>());
    if (failed > 0) text += fmt::format(" ({} failed)", failed);
    if (arm.at("best").is_null()) continue;
    const ordered_json& range = arm.at("best").at("interval");
    text += fmt::format(
        ", best {}", rewards.estimate({arm.at("best").at("reward"), {range.at(0), range.at(1)}}));
  }
  text += fmt::format("; {} core-hours", hours_text(study.at("core_seconds")));
  if (const double to_go = seconds_to_go(study); to_go >= 0)
    text += "; " + format_seconds(to_go) + " to go";
  return text;
}

}  // namespace nasnet::terminal
