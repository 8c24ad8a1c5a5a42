#include "nasnet/data/placed.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "nasnet/data/list_text.h"

namespace nasnet::data {

void adopt_names(const std::vector<std::string>& names, Arrangement& arrangement) {
  const std::set<std::string> exact(names.begin(), names.end());
  std::map<std::string, std::string> known;
  for (const std::string& name : names) known.emplace(common_form(name), name);
  for (Placed& image : arrangement.placed) {
    if (exact.contains(image.label)) continue;
    const auto name = known.find(common_form(image.label));
    if (name != known.end()) image.label = name->second;
  }
}

std::string count_images(int64_t count) {
  return fmt::format("{} image{}", count, count == 1 ? "" : "s");
}

}  // namespace nasnet::data
