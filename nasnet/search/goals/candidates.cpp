#include "nasnet/search/goals/candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"

namespace nasnet::search {

Candidates::Candidates(const space::SearchSpace& space, Goals goals, Losses reference,
                       std::vector<HardLimit> limits, std::shared_ptr<const Counter> counter)
    : space_(&space),
      goals_(std::move(goals)),
      reference_(std::move(reference)),
      limits_(std::move(limits)),
      counter_(std::move(counter)),
      quantities_(counter_ ? counter_->quantities() : std::vector<std::string>()) {
  NASNET_CHECK(reference_.size() == goals_.size(), "a reference for each goal");
  for (const HardLimit& limit : limits_) {
    if (counts(limit.quantity)) continue;
    throw InputError(fmt::format(
        "--limit {}: {} is not known before a candidate is evaluated (such a limit belongs into "
        "--objective){}",
        limit.text(), limit.quantity,
        quantities_.empty() ? "" : suggestion(limit.quantity, quantities_)));
  }
  for (const std::string& name : quantities_) {
    const bool limited = std::any_of(limits_.begin(), limits_.end(), [&](const HardLimit& limit) {
      return limit.quantity == name;
    });
    const bool wanted = std::any_of(goals_.begin(), goals_.end(),
                                    [&](const Goal& goal) { return goal.measurement == name; });
    if (limited) limited_.push_back(name);
    if (limited || wanted) asked_.push_back(name);
  }
}

void Candidates::set_screen(Screen screen) {
  for (const ScreenTerm& term : screen.terms)
    if (screen.is_used() && !counts(term.quantity))
      throw InputError(
          fmt::format("--screen-by {}: {} is not known before a candidate is evaluated{}",
                      term.text(), term.quantity, suggestion(term.quantity, quantities_)));
  screen_ = std::move(screen);
}

void Candidates::set_columns(std::vector<std::string> columns) {
  for (const std::string& name : columns)
    if (!counts(name))
      throw InputError(fmt::format("--column {}: it is not known before a candidate is evaluated{}",
                                   name, suggestion(name, quantities_)));
  columns_ = std::move(columns);
}

std::vector<float> Candidates::column_values(const space::Choices& choices) const {
  if (columns_.empty()) return {};
  const Measurements counted = counter_->count(choices, columns_);
  constexpr float missing = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> values;
  for (const std::string& name : columns_) {
    const auto found = counted.find(name);
    const float value = found == counted.end() ? missing : static_cast<float>(found->second);
    values.push_back(std::isfinite(value) ? value : missing);
  }
  return values;
}

void Candidates::set_earlier(std::vector<EarlierStudy> earlier) {
  earlier_ = std::make_shared<const std::vector<EarlierStudy>>(std::move(earlier));
}

space::Choices Candidates::pick(std::vector<space::Choices> drawn) const {
  NASNET_CHECK(!drawn.empty(), "one of some is picked");
  if (drawn.size() == 1) return std::move(drawn[0]);
  std::vector<std::string> names;
  for (const ScreenTerm& term : screen_.terms) names.push_back(term.quantity);
  std::vector<Measurements> counted;
  for (const space::Choices& choices : drawn) counted.push_back(counter_->count(choices, names));
  return std::move(drawn[screen_.best_of(counted)]);
}

std::string Candidates::form(const space::Choices& choices) const {
  std::string form = space_->canonical(choices);
  if (asked_.empty()) return form;
  const Measurements counted = counter_->count(choices, asked_);
  for (const std::string& name : asked_)
    form += fmt::format(" {}={}", name, measured(counted, name, "--goal"));
  return form;
}

bool Candidates::counts(const std::string& name) const {
  return std::find(quantities_.begin(), quantities_.end(), name) != quantities_.end();
}

bool Candidates::admits(const space::Choices& choices) const {
  return limits_.empty() || search::admits(limits_, counter_->count(choices, limited_));
}

std::vector<std::optional<double>> Candidates::known_losses(const space::Choices& choices) const {
  std::vector<std::optional<double>> losses(goals_.size());
  if (unknown_goals().size() == goals_.size()) return losses;
  const Measurements counted = counter_->count(choices, asked_);
  for (size_t i = 0; i < goals_.size(); ++i)
    if (counts(goals_[i].measurement))
      losses[i] = goals_[i].loss(measured(counted, goals_[i].measurement, "--goal"));
  return losses;
}

std::vector<size_t> Candidates::unknown_goals() const {
  std::vector<size_t> unknown;
  for (size_t i = 0; i < goals_.size(); ++i)
    if (!counts(goals_[i].measurement)) unknown.push_back(i);
  return unknown;
}

}  // namespace nasnet::search
