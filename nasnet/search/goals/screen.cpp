#include "nasnet/search/goals/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

namespace nasnet::search {

ScreenTerm parse_screen_term(const std::string& text) {
  const auto given = parse_directed_name(text);
  if (!given)
    throw InputError(fmt::format(
        "--screen-by '{}': give the name of one quantity, as jacov, or \"minimize NAME\"",
        printable(text)));
  return {given->name, given->direction >= 0};
}

Screen parse_screen(int draws, const std::vector<std::string>& terms) {
  Screen screen{draws, {}};
  for (const std::string& text : terms) {
    const ScreenTerm term = parse_screen_term(text);
    for (const ScreenTerm& other : screen.terms)
      if (other.quantity == term.quantity)
        throw InputError(fmt::format("--screen-by {}: it is there twice", term.quantity));
    screen.terms.push_back(term);
  }
  return screen;
}

size_t Screen::best_of(const std::vector<Measurements>& counted) const {
  NASNET_CHECK(!counted.empty(), "a screen has candidates");
  std::vector<size_t> sums(counted.size(), 0);
  for (const ScreenTerm& term : terms) {
    std::vector<double> values;
    for (const Measurements& one : counted) {
      const auto found = one.find(term.quantity);
      const double sign = term.maximize ? 1 : -1;
      values.push_back(found == one.end() ? -std::numeric_limits<double>::infinity()
                                          : sign * found->second);
    }
    for (size_t i = 0; i < values.size(); ++i)
      sums[i] += static_cast<size_t>(
          std::count_if(values.begin(), values.end(), [&](double v) { return v > values[i]; }));
  }
  return static_cast<size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
}

}  // namespace nasnet::search
