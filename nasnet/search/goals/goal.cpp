#include "nasnet/search/goals/goal.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

namespace nasnet::search {

namespace {

/// One in percent is a slip that would leave nothing to be found.
bool is_share(const std::string& measurement) {
  return measurement.find("accuracy") != std::string::npos;
}

}  // namespace

std::string Goal::text() const {
  if (usual_direction(measurement) == (maximize ? 1 : -1)) return measurement;
  return (maximize ? "maximize " : "minimize ") + measurement;
}

Goal parse_goal(const std::string& text, const std::string& flag) {
  const auto given = parse_directed_name(text);
  if (!given)
    throw InputError(
        fmt::format("{} '{}': give the name of one measurement, as accuracy or multiply_adds, or "
                    "\"minimize NAME\"",
                    flag, printable(text)));
  const int direction = given->direction != 0 ? given->direction : usual_direction(given->name);
  if (direction == 0)
    throw InputError(fmt::format(
        "{1} {0}: its name does not tell whether more or less of it is better; give \"maximize "
        "{0}\" or \"minimize {0}\"",
        given->name, flag));
  return {given->name, direction > 0};
}

Goals::Goals(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    Goal goal = parse_goal(text);
    for (const Goal& other : goals_)
      if (other.measurement == goal.measurement)
        throw InputError(fmt::format("--goal {}: it is there twice", goal.measurement));
    goals_.push_back(std::move(goal));
  }
  if (goals_.size() == 1)
    throw InputError(
        fmt::format("--goal {0}: one goal has no front; name another beside it, or give "
                    "--objective \"{1} {0}\"",
                    goals_[0].measurement, goals_[0].maximize ? "maximize" : "minimize"));
}

Losses Goals::losses(const Measurements& measurements) const {
  Losses losses;
  for (const Goal& goal : goals_)
    losses.push_back(goal.loss(measured(measurements, goal.measurement, "--goal")));
  return losses;
}

Losses Goals::reference(const std::vector<std::string>& texts) const {
  std::map<std::string, double> values;
  for (const std::string& text : texts) {
    const auto [name, value] = parse_named_amount(text, "--reference");
    const auto is_named = [&, &wanted = name](const Goal& goal) {
      return goal.measurement == wanted;
    };
    if (std::none_of(goals_.begin(), goals_.end(), is_named)) {
      std::vector<std::string> names;
      for (const Goal& goal : goals_) names.push_back(goal.measurement);
      throw InputError(
          fmt::format("--reference {}: {} is no --goal{} (a study that is resumed keeps its own)",
                      text, name, suggestion(name, names)));
    }
    if (!values.emplace(name, value).second)
      throw InputError(fmt::format("--reference {}: {} is there twice", text, name));
  }
  Losses reference;
  for (const Goal& goal : goals_) {
    const auto found = values.find(goal.measurement);
    if (found == values.end())
      throw InputError(fmt::format(
          "--reference: none is given for {0}, and none can be derived; add --reference {0}=VALUE, "
          "worse than any candidate that matters",
          goal.measurement));
    if (is_share(goal.measurement) && goal.maximize && found->second >= 1)
      throw InputError(
          fmt::format("--reference {}={}: it is a share, and nothing is above 1; 0.5 is 50 %",
                      goal.measurement, found->second));
    reference.push_back(goal.loss(found->second));
  }
  return reference;
}

std::pair<std::string, double> parse_named_amount(const std::string& text,
                                                  const std::string& flag) {
  const size_t sign = text.find('=');
  const std::string name = text.substr(0, sign);
  const auto value = sign == std::string::npos ? std::nullopt : parse_amount(text.substr(sign + 1));
  if (!is_measurement_name(name) || !value)
    throw InputError(fmt::format(
        "{} '{}': give NAME=VALUE, as multiply_adds=30M (k, M and G are powers of 1000)", flag,
        printable(text)));
  return {name, *value};
}

}  // namespace nasnet::search
