#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <set>

#include "nasnet/base/file.h"
#include "nasnet/logs/study_files.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/space/json.h"

namespace nasnet::logs {
namespace {

using search::Trial;
using search::TrialState;

/// The shortest text that reads back as the same double.
std::string number(double value) {
  return fmt::format("{}", value);
}

std::set<std::string> measurement_names(const StudySource& study) {
  std::set<std::string> names;
  for (const std::string& arm : study.arms())
    study.each_trial(arm, [&](const Trial& trial, double) {
      for (const auto& [name, value] : trial.measurements) names.insert(name);
    });
  return names;
}

/// The candidate as JSON, or in words where it has no genotype.
std::string candidate_text(const StudySource& study, const Trial& trial) {
  const auto genotype = study.space().genotype(trial.choices);
  return genotype ? space::genotype_to_ordered_json(*genotype).dump()
                  : study.space().describe(trial.choices);
}

std::string row_of(const StudySource& study, const Trial& trial, double finished,
                   const std::set<std::string>& measurements) {
  const search::Objective& objective = study.spec().objective;
  const bool done = trial.state == TrialState::kDone;
  const search::Interval interval =
      done ? search::reward_interval(trial, objective) : search::Interval();
  std::vector<std::string> fields = {
      csv_text(trial.arm),
      std::to_string(trial.number),
      csv_text(search::to_text(trial.state)),
      trial.repeats >= 0 ? std::to_string(trial.repeats) : "",
      done ? number(trial.reward) : "",
      done ? number(interval.low) : "",
      done ? number(interval.high) : "",
      done ? (objective.admits(trial.reward) ? "1" : "0") : "",
      std::to_string(trial.epochs),
      fmt::format("{}", fmt::join(trial.rungs, " ")),
      csv_text(search::to_text(trial.cause)),
      csv_text(trial.message),
      csv_text(trial.failures.empty() ? "" : nlohmann::json(trial.failures).dump()),
      number(trial.cost.core_seconds),
      number(trial.cost.gpu_seconds),
      number(trial.cost.joules),
      trial.cost.peak_bytes > 0 ? std::to_string(trial.cost.peak_bytes) : "",
      finished > 0 ? number(finished) : ""};
  for (const std::string& name : measurements) {
    const auto found = trial.measurements.find(name);
    fields.push_back(found == trial.measurements.end() ? "" : number(found->second));
  }
  for (const int choice : trial.choices) fields.push_back(std::to_string(choice));
  fields.push_back(csv_text(candidate_text(study, trial)));
  return fmt::format("{}\r\n", fmt::join(fields, ","));
}

}  // namespace

std::string csv_text(std::string_view text) {
  std::string field;
  // Spreadsheets take these for a formula, or skip them before one.
  if (!text.empty() && std::string_view("=+-@\t\r\n").find(text[0]) != std::string_view::npos)
    field += '\'';
  field += text;
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

void write_trials_csv(const StudySource& study, const std::filesystem::path& path) {
  const std::set<std::string> measurements = measurement_names(study);
  std::vector<std::string> names = {
      "arm",           "number",        "state",       "repeats", "reward",     "interval_low",
      "interval_high", "within_limits", "epochs",      "rungs",   "cause",      "message",
      "failures",      "core_seconds",  "gpu_seconds", "joules",  "peak_bytes", "finished"};
  for (const std::string& name : measurements) names.push_back(csv_text("measurement." + name));
  for (const space::Decision& decision : study.space().decisions())
    names.push_back(csv_text("decision." + decision.name));
  names.emplace_back("candidate");
  AtomicFile file(path);
  file.write(fmt::format("{}\r\n", fmt::join(names, ",")));
  for (const std::string& arm : study.arms())
    study.each_trial(arm, [&](const Trial& trial, double finished) {
      file.write(row_of(study, trial, finished, measurements));
    });
  file.commit();
}

}  // namespace nasnet::logs
