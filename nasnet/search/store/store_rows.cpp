#include "nasnet/search/store/store_rows.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace nasnet::search {

using nlohmann::json;
using Result = Database::Result;

space::Choices read_choices(const std::string& text) {
  constexpr const char* kSubject = "a trial has the choices";
  space::Choices choices;
  const char* at = text.data();
  const char* const end = at + text.size();
  choices.reserve(text.size() / 2);  // a digit and a comma each, mostly
  // As they are written; anything else is left to the parser.
  if (at == end || *at++ != '[') return read_stored<space::Choices>(text, kSubject);
  for (int choice = 0; at < end; ++at) {
    const auto [stop, error] = std::from_chars(at, end, choice);
    if (error != std::errc() || stop == end) break;
    choices.push_back(choice);
    if (*stop == ']' && stop + 1 == end) return choices;
    if (*stop != ',') break;
    at = stop;
  }
  return read_stored<space::Choices>(text, kSubject);
}

Measurements read_measurements(const std::string& text) {
  Measurements measurements;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto take = [&](char expected) {
    if (at == end || *at != expected) return false;
    ++at;
    return true;
  };
  const auto read = [&] {
    if (!take('{')) return false;
    while (take('"')) {
      const char* const name = at;
      while (at < end && *at != '"' && *at != '\\') ++at;
      const char* const name_end = at;
      double value = 0;
      if (!take('"') || !take(':')) return false;
      const auto [stop, error] = std::from_chars(at, end, value);
      if (error != std::errc()) return false;
      at = stop;
      measurements.emplace_hint(measurements.end(), std::string(name, name_end), value);
      if (!take(',')) break;
    }
    return take('}') && at == end;
  };
  if (read()) return measurements;
  return read_stored<Measurements>(text, "a trial has the measurements");
}

Trial read_trial(const std::string& arm, const Result& result, size_t row, size_t column) {
  const auto text = [&](size_t i) -> const std::string& { return result.text(row, column + i); };
  const auto integer = [&](size_t i) { return result.integer(row, column + i); };
  const auto real = [&](size_t i) { return result.real(row, column + i); };
  Trial trial;
  trial.arm = arm;
  trial.number = integer(0);
  trial.choices = read_choices(text(1));
  trial.form = text(2);
  trial.repeats = integer(3);
  trial.state = parse_state(text(4));
  trial.epochs = integer(5);
  trial.rungs = read_stored<std::vector<double>>(text(6), "a trial has the rungs");
  trial.reward = real(7);
  trial.measurements = read_measurements(text(8));
  trial.cause = parse_cause(text(9));
  trial.message = text(10);
  trial.failures = read_stored<decltype(trial.failures)>(text(11), "a trial has the failures");
  trial.cost = {real(12), real(13), real(14), integer(15)};
  return trial;
}

Owner read_owner(const Result& result, size_t row, size_t column) {
  return {from_text<Role>(result.text(row, column)).value_or(Role::kWorker),
          {result.integer(row, column + 1), result.integer(row, column + 2),
           result.text(row, column + 3), result.text(row, column + 4)},
          result.integer(row, column + 5),
          result.text(row, column + 6)};
}

DriverRecord read_driver(const Result& result) {
  return {parse_enum<StudyState>(result.text(0, 0), "state of a study"), read_owner(result, 0, 4),
          result.integer(0, 1), result.integer(0, 2), result.real(0, 3)};
}

void enroll(Database& database, const Owner& owner) {
  database.run(
      "INSERT INTO owners (owner, role, process, start, host, space, run, job) VALUES ($1, $2, $3, "
      "$4, $5, $6, $7, $8) ON CONFLICT (owner) DO NOTHING",
      {to_text(owner), to_text(owner.role), owner.process.number, owner.process.start,
       owner.process.host, owner.process.space, owner.run, owner.job});
}

Database::Value reward_value(const Trial& trial) {
  if (trial.state == TrialState::kDone) return trial.reward;
  return nullptr;
}

std::string clean_text(std::string text) {
  std::replace(text.begin(), text.end(), '\0', ' ');
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace))
      .get<std::string>();
}

std::string clean_message(const std::string& text) {
  return clean_text(text.substr(0, 2000));
}

}  // namespace nasnet::search
