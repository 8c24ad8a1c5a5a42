#include "nasnet/search/store/objective.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <sstream>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

namespace nasnet::search {
namespace {

/// MnasNet's: twice the cost must be worth 5 % more accuracy.
constexpr double kWeight = 0.07;

/// The words of a term, one after the other.
class Words {
 public:
  explicit Words(std::string term) : term_(term) {
    for (const char* sign : {"<=", ">="})
      if (const size_t at = term.find(sign); at != std::string::npos)
        term.replace(at, 2, fmt::format(" {} ", sign));
    stream_ << term;
    next();
  }

  /// True if `word` stands here, which is read then.
  bool take(const char* word) {
    const bool found = word_ == word;
    if (found) next();
    return found;
  }
  std::string name() {
    const auto is_part = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.'; };
    if (word_.empty() || !std::all_of(word_.begin(), word_.end(), is_part)) fail();
    return next();
  }
  /// "20M", "0.5", "1e6".
  double number() {
    const std::string text = next();
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const std::string unit(stop, end);
    value *= unit == "k" ? 1e3 : unit == "M" ? 1e6 : unit == "G" ? 1e9 : unit.empty() ? 1 : NAN;
    if (error != std::errc() || !std::isfinite(value)) fail();
    return value;
  }
  double positive_number() {
    const double value = number();
    if (value <= 0) fail();
    return value;
  }
  void end() const {
    if (!word_.empty()) fail();
  }
  [[noreturn]] void fail() const {
    throw InputError(
        fmt::format("'{}' cannot be read; write goals and limits with commas between them, as "
                    "\"accuracy, minimize multiply_adds around 20M, parameters <= 3M\"",
                    printable(term_)));
  }

 private:
  std::string next() {
    std::string word = std::move(word_);
    word_.clear();
    stream_ >> word_;
    return word;
  }

  std::string term_, word_;
  std::stringstream stream_;
};

std::vector<std::string> terms_of(const std::string& text) {
  std::vector<std::string> terms;
  std::stringstream stream(text + ",");
  for (std::string term; std::getline(stream, term, ',');) {
    const size_t begin = term.find_first_not_of(' ');
    terms.push_back(begin == std::string::npos
                        ? ""
                        : term.substr(begin, term.find_last_not_of(' ') + 1 - begin));
  }
  return terms;
}

Goal read_goal(Words& words, bool maximize, std::string measurement) {
  Goal goal{std::move(measurement), maximize};
  goal.capped = words.take("to");
  if (goal.capped || words.take("around")) {
    goal.target = words.positive_number();
    goal.weight = goal.capped ? 1 : kWeight;
    if (words.take("weight")) goal.weight = words.positive_number();
  }
  words.end();
  return goal;
}

void check(const std::vector<Goal>& goals) {
  if (goals.empty()) throw InputError("it names limits only; add a goal, as accuracy");
  int64_t without_target = 0;
  for (auto goal = goals.begin(); goal != goals.end(); ++goal) {
    without_target += goal->target == 1 && goal->weight == 1 && !goal->capped;
    if (std::any_of(goals.begin(), goal,
                    [&](const Goal& other) { return other.measurement == goal->measurement; }))
      throw InputError(fmt::format("{} is a goal twice", goal->measurement));
  }
  if (without_target > 1)
    throw InputError(
        fmt::format("of several goals all but one need a target: \"{} {} around 20M\" to trade it "
                    "for the others, \"to 20M\" to gain nothing beyond",
                    goals.back().maximize ? "maximize" : "minimize", goals.back().measurement));
}

void check(const std::vector<Limit>& limits) {
  for (auto limit = limits.begin(); limit != limits.end(); ++limit)
    for (auto other = limits.begin(); other != limit; ++other) {
      if (other->measurement != limit->measurement) continue;
      if (other->at_most == limit->at_most)
        throw InputError(fmt::format("{} and {}: give one of them", other->text, limit->text));
      const auto& [most, least] =
          limit->at_most ? std::pair(limit, other) : std::pair(other, limit);
      if (least->bound > most->bound)
        throw InputError(fmt::format("nothing is both {} and {}", other->text, limit->text));
    }
}

/// Throws where it is missing or not finite.
double value_of(const Measurements& measurements, const std::string& name) {
  const auto found = measurements.find(name);
  if (found == measurements.end()) {
    std::vector<std::string> names;
    for (const auto& [other, value] : measurements) names.push_back(other);
    throw InputError(fmt::format("the objective asks for '{}', which was not measured{}", name,
                                 suggestion(name, names)));
  }
  if (!std::isfinite(found->second)) throw NotANumber(fmt::format("the {} is not a number", name));
  return found->second;
}

double factor(const Goal& goal, double value) {
  double ratio = goal.maximize ? value / goal.target : goal.target / value;
  if (goal.capped) ratio = std::min(ratio, 1.0);
  return goal.weight == 1 ? ratio : std::pow(ratio, goal.weight);
}

}  // namespace

Objective::Objective(const std::string& text) : goals_{} {
  try {
    if (printable(text) != text) throw InputError("it must be one line of text");
    for (const std::string& term : terms_of(text)) {
      Words words(term);
      const bool minimize = words.take("minimize");
      const bool directed = minimize || words.take("maximize");
      std::string name = words.name();
      const bool at_most = words.take("<=");
      if (!directed && (at_most || words.take(">="))) {
        limits_.push_back({std::move(name), at_most, words.number(), term});
        words.end();
      } else {
        goals_.push_back(read_goal(words, !minimize, std::move(name)));
      }
    }
    check(goals_);
    check(limits_);
  } catch (const InputError& error) {
    throw InputError(fmt::format("--objective \"{}\": {}", printable(text), error.what()));
  }
}

std::vector<std::string> Objective::measurements() const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const Goal& goal : goals_) add(goal.measurement);
  for (const Limit& limit : limits_) add(limit.measurement);
  return names;
}

double Objective::excess(const Measurements& measurements) const {
  double sum = 0;
  for (const Limit& limit : limits_) {
    const double value = value_of(measurements, limit.measurement);
    const double over = limit.at_most ? value - limit.bound : limit.bound - value;
    if (over > 0) sum += over / (limit.bound == 0 ? 1 : std::abs(limit.bound));
  }
  return sum;
}

double Objective::reward(const Measurements& measurements) const {
  double product = 1;
  for (const Goal& goal : goals_) {
    const double value = value_of(measurements, goal.measurement);
    if (value < 0 && (goals_.size() > 1 || !limits_.empty()))
      throw NotANumber(
          fmt::format("the {} is {}: goals that are limited, or weighed against each other, cannot "
                      "be negative",
                      goal.measurement, value));
    product *= factor(goal, value);
  }
  if (const double over = excess(measurements); over > 0) return -1 / (1 + 1 / over);
  if (!std::isfinite(product)) throw NotANumber("the reward is not a number");
  return product;
}

void Objective::demand(const std::vector<std::string>& available) const {
  for (const std::string& name : measurements())
    if (std::find(available.begin(), available.end(), name) == available.end())
      throw InputError(fmt::format("--objective: unknown measurement '{}'{}", name,
                                   suggestion(name, available)));
}

}  // namespace nasnet::search
