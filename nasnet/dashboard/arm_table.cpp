#include "nasnet/dashboard/arm_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nasnet/base/error.h"

namespace nasnet::dashboard {
namespace {

using search::TrialFacts;
using search::TrialState;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
/// As many rows at once as ArmColumns take.
constexpr int64_t kRowsAtOnce = 20'000;

void put_facts(ArmTable& table, size_t i, const TrialFacts& facts, const std::string& arm) {
  const bool fits =
      facts.choices.size() == table.decisions &&
      std::ranges::all_of(facts.choices, [](int one) { return one >= 0 && one <= UINT16_MAX; });
  if (!fits)
    throw InputError(
        fmt::format("the study is damaged: trial {} of its {} arm is no candidate", i, arm));
  std::ranges::transform(facts.choices,
                         table.choices.begin() + static_cast<std::ptrdiff_t>(i * table.decisions),
                         [](int one) { return static_cast<uint16_t>(one); });
  table.peak_bytes[i] = static_cast<double>(facts.peak_bytes);
  for (auto& [name, column] : table.measurements) column[i] = kNone;
  for (const auto& [name, value] : facts.measurements) {
    std::vector<double>& column = table.measurements[name];
    if (column.empty()) column.assign(table.done.size(), kNone);
    column[i] = value;
  }
}

bool is_done(const ArmColumns& columns, size_t i) {
  return columns.state[i] == TrialState::kDone;
}

/// The first trial that must be read: a new one, or one of which another state is known.
size_t first_stale(const ArmTable& table, const ArmColumns& columns) {
  const size_t known = std::min(table.done.size(), columns.state.size());
  for (size_t i = 0; i < known; ++i)
    if ((table.done[i] != 0) != is_done(columns, i)) return i;
  return known;
}

}  // namespace

void refresh(ArmTable& table, size_t decisions, const ArmColumns& columns, search::Store& store) {
  if (table.decisions != decisions) table = {.decisions = decisions};
  const size_t size = columns.state.size();
  size_t first = first_stale(table, columns);
  if (first == size) return;
  table.done.resize(size);
  table.choices.resize(size * decisions);
  table.peak_bytes.resize(size);
  for (auto& [name, column] : table.measurements) column.resize(size, kNone);
  // Until they are read: where reading fails they are read again.
  for (size_t i = first; i < size; ++i) table.done[i] = is_done(columns, i) ? 0 : 1;
  while (first < size) {
    const auto facts = store.facts(columns.arm, static_cast<int64_t>(first),
                                   std::min(kRowsAtOnce, static_cast<int64_t>(size - first)));
    if (facts.empty()) break;
    for (const TrialFacts& one : facts) {
      put_facts(table, first, one, columns.arm);
      table.done[first] = is_done(columns, first) ? 1 : 0;
      ++first;
    }
  }
}

}  // namespace nasnet::dashboard
