#include "nasnet/search/goals/objective.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

namespace nasnet::search {
namespace {

/// MnasNet's: twice the cost must be worth 5 % more accuracy.
constexpr double kWeight = 0.07;

constexpr const char* kAsker = "the objective";

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
    if (!is_measurement_name(word_)) fail();
    return next();
  }
  /// "20M", "0.5", "1e6".
  double number() {
    const std::optional<double> value = parse_amount(next());
    if (!value) fail();
    return *value;
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

Factor read_factor(Words& words, bool maximize, std::string measurement) {
  Factor factor{std::move(measurement), maximize};
  factor.capped = words.take("to");
  if (factor.capped || words.take("around")) {
    factor.target = words.positive_number();
    factor.weight = factor.capped ? 1 : kWeight;
    if (words.take("weight")) factor.weight = words.positive_number();
  }
  words.end();
  return factor;
}

Penalty read_penalty(Words& words, std::string measurement) {
  Penalty penalty{std::move(measurement)};
  penalty.target = words.positive_number();
  if (words.take("weight")) penalty.weight = words.positive_number();
  words.end();
  return penalty;
}

void check(const std::vector<Factor>& factors) {
  if (factors.empty()) throw InputError("it names limits only; add a goal, as accuracy");
  int64_t without_target = 0;
  for (auto factor = factors.begin(); factor != factors.end(); ++factor) {
    without_target += factor->target == 1 && factor->weight == 1 && !factor->capped;
    if (std::any_of(factors.begin(), factor,
                    [&](const Factor& other) { return other.measurement == factor->measurement; }))
      throw InputError(fmt::format("{} is a goal twice", factor->measurement));
  }
  if (without_target > 1)
    throw InputError(
        fmt::format("of several goals all but one need a target: \"{} {} around 20M\" to trade it "
                    "for the others, \"to 20M\" to gain nothing beyond",
                    factors.back().maximize ? "maximize" : "minimize", factors.back().measurement));
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

double value_of(const Factor& factor, double value) {
  double ratio = factor.maximize ? value / factor.target : factor.target / value;
  if (factor.capped) ratio = std::min(ratio, 1.0);
  return factor.weight == 1 ? ratio : std::pow(ratio, factor.weight);
}

}  // namespace

Objective::Objective(const std::string& text) : factors_{} {
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
      } else if (!directed && words.take("near")) {
        penalties_.push_back(read_penalty(words, std::move(name)));
      } else {
        factors_.push_back(read_factor(words, !minimize, std::move(name)));
      }
    }
    check(factors_);
    check(limits_);
    if (!penalties_.empty() && !limits_.empty())
      throw InputError(
          "a term \"near\" can make rewards negative, which no limit can tell from one beyond it; "
          "give one of them");
  } catch (const InputError& error) {
    throw InputError(fmt::format("--objective \"{}\": {}", printable(text), error.what()));
  }
}

Objective::Objective(const std::string& text, Goals goals, Losses reference,
                     std::vector<HardLimit> hard)
    : Objective(text) {
  goals_ = std::move(goals);
  reference_ = std::move(reference);
  hard_limits_ = std::move(hard);
  for (const HardLimit& limit : hard_limits_)
    limits_.push_back({limit.quantity, limit.at_most, limit.bound, limit.text()});
  if (!penalties_.empty() && !hard_limits_.empty())
    throw InputError(
        "--limit: beside --reward-target, whose rewards may be negative, none can be kept; give "
        "one of them");
}

std::vector<std::string> Objective::measurements() const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const Factor& factor : factors_) add(factor.measurement);
  for (const Penalty& penalty : penalties_) add(penalty.measurement);
  for (const Limit& limit : limits_) add(limit.measurement);
  for (const Goal& goal : goals_) add(goal.measurement);
  return names;
}

double Objective::excess(const Measurements& measurements) const {
  double sum = 0;
  for (const Limit& limit : limits_) {
    const double value = measured(measurements, limit.measurement, kAsker);
    const double over = limit.at_most ? value - limit.bound : limit.bound - value;
    if (over > 0) sum += over / (limit.bound == 0 ? 1 : std::abs(limit.bound));
  }
  return sum;
}

double Objective::reward(const Measurements& measurements) const {
  double product = 1;
  for (const Factor& factor : factors_) {
    const double value = measured(measurements, factor.measurement, kAsker);
    if (value < 0 && (factors_.size() > 1 || !limits_.empty()))
      throw NotANumber(
          fmt::format("the {} is {}: goals that are limited, or weighed against each other, cannot "
                      "be negative",
                      factor.measurement, value));
    product *= value_of(factor, value);
  }
  for (const Penalty& penalty : penalties_)
    product -= penalty.weight *
               std::abs(measured(measurements, penalty.measurement, kAsker) / penalty.target - 1);
  goals_.losses(measurements);  // a trial that misses one has failed
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
