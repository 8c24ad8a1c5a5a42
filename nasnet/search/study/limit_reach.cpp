#include "nasnet/search/study/limit_reach.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "nasnet/base/error.h"
#include "nasnet/base/processors.h"
#include "nasnet/search/strategies/random_choices.h"

namespace nasnet::search {
namespace {

constexpr int kReachTries = 10000;

/// "10.3M to 40M", of each limited quantity of the candidates that were drawn.
class Seen {
 public:
  void add(const Measurements& counted) {
    for (const auto& [name, value] : counted) add(name, {value, value});
  }
  void add(const Seen& other) {
    for (const auto& [name, span] : other.span_) add(name, span);
  }
  std::string describe(const std::vector<HardLimit>& limits) const {
    std::vector<std::string> parts;
    for (const HardLimit& limit : limits) {
      const auto& [least, most] = span_.at(limit.quantity);
      parts.push_back(
          limit.at_most
              ? fmt::format("the least {} seen was {}", limit.quantity, amount_text(least))
              : fmt::format("the greatest {} seen was {}", limit.quantity, amount_text(most)));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }

 private:
  void add(const std::string& name, const std::pair<double, double>& other) {
    auto& [least, most] = span_.emplace(name, other).first->second;
    least = std::min(least, other.first);
    most = std::max(most, other.second);
  }
  std::map<std::string, std::pair<double, double>> span_;
};

}  // namespace

/// Each draw has a stream of its own, so that threads share them out.
void demand_reachable(const std::vector<HardLimit>& limits, const space::SearchSpace& space,
                      const Counter& counter, uint64_t seed) {
  std::vector<std::string> names, texts;
  for (const HardLimit& limit : limits) {
    names.push_back(limit.quantity);
    texts.push_back(limit.text());
  }
  std::atomic<bool> reached = false;
  std::atomic<int> next = 0;
  std::vector<Seen> seen(static_cast<size_t>(usable_cores()));
  const auto draw = [&](Seen& own) {
    for (int i = next++; i < kReachTries && !reached; i = next++) {
      Random random(seed, static_cast<uint64_t>(i), "limits");
      const Measurements counted = counter.count(random_choices(space, random), names);
      if (admits(limits, counted)) reached = true;
      own.add(counted);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (size_t t = 1; t < seen.size(); ++t) threads.emplace_back(draw, std::ref(seen[t]));
    draw(seen[0]);
  }
  if (reached) return;
  for (size_t t = 1; t < seen.size(); ++t) seen[0].add(seen[t]);
  throw InputError(fmt::format("--limit {}: none of {} random candidates is within; {}",
                               fmt::join(texts, ", "), kReachTries, seen[0].describe(limits)));
}

}  // namespace nasnet::search
