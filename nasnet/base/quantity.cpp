#include "nasnet/base/quantity.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "nasnet/base/error.h"

// Times and energies as users write them, a number with its unit behind it.

namespace nasnet {
namespace {

using Units = std::vector<std::pair<std::string, double>>;

/// A number with a unit; "" is 0.
double parse_quantity(const std::string& text, const std::string& flag, const Units& units,
                      const std::string& example) {
  if (text.empty()) return 0;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  double scale = 0;
  for (const auto& [name, factor] : units)
    if (name == unit) scale = factor;
  // !(number > 0) refuses NaN as well.
  if (end == text.c_str() || scale == 0 || !(number > 0) || number * scale > 1e18)
    throw InputError(fmt::format("{} {}: write {}", flag, text, example));
  return number * scale;
}

}  // namespace

double parse_seconds(const std::string& text, const std::string& flag) {
  return parse_quantity(text, flag, {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
                        "a number with s, m, h or d, as 90s or 1.5h");
}

std::string format_seconds(double seconds) {
  constexpr double kMinute = 60, kHour = 3600, kDay = 86400;
  if (!(seconds < 1e15)) return "for ever";
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 2 * kMinute) return fmt::format("{:.0f} s", seconds);
  const auto minutes = static_cast<int64_t>(seconds / kMinute + 0.5);
  if (seconds < 2 * kHour) return fmt::format("{} min", minutes);
  if (seconds < 2 * kDay) return fmt::format("{} h {} min", minutes / 60, minutes % 60);
  const auto hours = static_cast<int64_t>(seconds / kHour + 0.5);
  return fmt::format("{} d {} h", hours / 24, hours % 24);
}

double parse_joules(const std::string& text, const std::string& flag) {
  return parse_quantity(
      text, flag,
      {{"", 1}, {"J", 1}, {"kJ", 1e3}, {"MJ", 1e6}, {"Wh", 3600}, {"kWh", 3.6e6}, {"MWh", 3.6e9}},
      "a number with kJ or kWh, as 2kWh");
}

}  // namespace nasnet
