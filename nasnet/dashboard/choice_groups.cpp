#include "nasnet/dashboard/choice_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace nasnet::dashboard {

std::vector<ChoiceGroup> choice_groups(const space::SearchSpace& space) {
  std::vector<ChoiceGroup> groups;
  std::map<std::string, size_t> places;
  for (size_t d = 0; d < space.decisions().size(); ++d) {
    const space::Decision& decision = space.decisions()[d];
    const size_t dot = decision.name.find('.'), last = decision.name.rfind('.');
    const std::string cell = dot == std::string::npos ? "" : decision.name.substr(0, dot);
    const std::string about = last == std::string::npos ? "" : decision.name.substr(last + 1);
    const std::string first = space.choice_name(d, 0);
    const std::string key =
        fmt::format("{}\n{}", cell, first == "0" ? std::to_string(decision.kind) : first);
    const auto [place, is_new] = places.emplace(key, groups.size());
    if (is_new) groups.push_back({cell, about, {}, {}});
    ChoiceGroup& group = groups[place->second];
    group.decisions.push_back(d);
    // "left, right" of as many decisions as there are.
    if (!about.empty() && (", " + group.about + ",").find(", " + about + ",") == std::string::npos)
      group.about += ", " + about;
    for (auto c = static_cast<int>(group.choices.size()); c < decision.choices; ++c)
      group.choices.push_back(space.choice_name(d, c));
  }
  return groups;
}

}  // namespace nasnet::dashboard
