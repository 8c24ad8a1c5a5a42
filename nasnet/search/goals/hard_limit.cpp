#include "nasnet/search/goals/hard_limit.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

namespace nasnet::search {
namespace {

HardLimit parse_hard_limit(const std::string& text) {
  const size_t end = text.find_first_of("<>=");
  const std::string name = text.substr(0, end);
  const std::string rest = end == std::string::npos ? "" : text.substr(end);
  const bool at_least = rest.rfind(">=", 0) == 0;
  const size_t sign = at_least || rest.rfind("<=", 0) == 0 ? 2 : 1;
  const bool signed_well = sign == 2 || rest.rfind('=', 0) == 0;
  const auto bound = signed_well ? parse_amount(rest.substr(sign)) : std::nullopt;
  if (!is_measurement_name(name) || !bound)
    throw InputError(
        fmt::format("--limit '{}': give NAME=VALUE, as multiply_adds=30M, or \"NAME>=VALUE\" (k, M "
                    "and G are powers of 1000)",
                    printable(text)));
  return {name, !at_least, *bound};
}

}  // namespace

std::string HardLimit::text() const {
  return fmt::format("{}{}{}", quantity, at_most ? "=" : ">=", bound);
}

std::vector<HardLimit> parse_hard_limits(const std::vector<std::string>& texts) {
  std::vector<HardLimit> limits;
  for (const std::string& text : texts) {
    const HardLimit limit = parse_hard_limit(text);
    for (const HardLimit& other : limits) {
      if (other.quantity != limit.quantity) continue;
      if (other.at_most == limit.at_most)
        throw InputError(
            fmt::format("--limit {} and {}: give one of them", other.text(), limit.text()));
      if (limit.at_most ? other.bound > limit.bound : limit.bound > other.bound)
        throw InputError(
            fmt::format("--limit {} and {}: nothing is within both", other.text(), limit.text()));
    }
    limits.push_back(limit);
  }
  return limits;
}

bool admits(const std::vector<HardLimit>& limits, const Measurements& quantities) {
  return std::all_of(limits.begin(), limits.end(), [&](const HardLimit& limit) {
    return limit.admits(measured(quantities, limit.quantity, "--limit"));
  });
}

}  // namespace nasnet::search
