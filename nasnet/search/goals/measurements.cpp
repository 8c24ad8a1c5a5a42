#include "nasnet/search/goals/measurements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <sstream>
#include <utility>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

namespace nasnet::search {
namespace {

bool holds(const std::string& name, const char* part) {
  return name.find(part) != std::string::npos;
}

}  // namespace

double measured(const Measurements& measurements, const std::string& name,
                const std::string& asker) {
  const auto found = measurements.find(name);
  if (found == measurements.end()) {
    std::vector<std::string> names;
    for (const auto& [other, value] : measurements) names.push_back(other);
    throw InputError(fmt::format("{} asks for '{}', which was not measured{}", asker, name,
                                 suggestion(name, names)));
  }
  if (!std::isfinite(found->second)) throw NotANumber(fmt::format("the {} is not a number", name));
  return found->second;
}

bool is_measurement_name(const std::string& name) {
  const auto is_part = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_part);
}

std::optional<DirectedName> parse_directed_name(const std::string& text) {
  std::stringstream stream(text);
  std::string word, name, more;
  stream >> word >> name >> more;
  const bool directed = word == "maximize" || word == "minimize";
  if (!directed) std::swap(word, name);
  if (!is_measurement_name(name) || !(directed ? more : word).empty()) return std::nullopt;
  return DirectedName{name, !directed ? 0 : word == "maximize" ? 1 : -1};
}

int usual_direction(const std::string& name) {
  for (const char* part : {"accuracy", "precision", "recall"})
    if (holds(name, part)) return 1;
  // COCO's numbers of a detector: ap, ap50, ap_small, ar10 ...
  if (name.rfind("ap", 0) == 0 || name.rfind("ar", 0) == 0) return 1;
  for (const char* part : {"loss", "error", "parameters", "multiply_adds", "mflops", "memory",
                           "seconds", "latency", "bytes", "joules"})
    if (holds(name, part)) return -1;
  return 0;
}

std::optional<double> parse_amount(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const std::string unit(stop, end);
  value *= unit == "k" ? 1e3 : unit == "M" ? 1e6 : unit == "G" ? 1e9 : unit.empty() ? 1 : NAN;
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  // Ratios of others overflow.
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-30 || size > 1e30)) return std::nullopt;
  return value;
}

std::string amount_text(double amount) {
  for (const auto& [unit, size] : {std::pair("G", 1e9), {"M", 1e6}, {"k", 1e3}})
    if (std::abs(amount) >= size) return fmt::format("{:.4g}{}", amount / size, unit);
  return fmt::format("{:.4g}", amount);
}

}  // namespace nasnet::search
