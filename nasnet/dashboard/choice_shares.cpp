#include "nasnet/dashboard/choice_shares.h"

#include <algorithm>

#include "nasnet/base/check.h"

namespace nasnet::dashboard {

std::vector<ShareWindow> choice_shares(const ArmTable& table,
                                       const std::vector<ChoiceGroup>& groups, int64_t count,
                                       int64_t windows) {
  NASNET_CHECK(windows > 0, "shares are of windows");
  count = std::clamp<int64_t>(count, 0, table.size());
  const int64_t width = std::max<int64_t>(1, (count + windows - 1) / windows);
  std::vector<ShareWindow> all;
  for (int64_t first = 0; first < count; first += width) {
    ShareWindow window = {first, std::min(first + width, count), {}};
    for (const ChoiceGroup& group : groups) {
      std::vector<int64_t> counts(group.choices.size());
      for (int64_t i = first; i < window.end; ++i) {
        const uint16_t* const choices = table.choices_of(static_cast<size_t>(i));
        for (const size_t d : group.decisions)
          if (choices[d] < counts.size()) ++counts[choices[d]];
      }
      const auto decided = static_cast<double>((window.end - first) * std::ssize(group.decisions));
      auto& shares = window.shares.emplace_back();
      for (const int64_t one : counts) shares.push_back(static_cast<double>(one) / decided);
    }
    all.push_back(std::move(window));
  }
  return all;
}

}  // namespace nasnet::dashboard
