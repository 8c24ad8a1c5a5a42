#include "nasnet/data/placed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nasnet/data/list_text.h"

// One label may be written in several forms of Unicode or of code pages: a list's, a folder's and a
// model's must become one class, or its images fall into two.

namespace nasnet::data {

void adopt_names(const std::vector<std::string>& names, Arrangement& arrangement) {
  const std::set<std::string> exact(names.begin(), names.end());
  std::map<std::string, std::string> known;
  for (const std::string& name : names) known.emplace(common_form(name), name);
  const auto adopt = [&](Placed& image) {
    // A set may have both forms as classes of their own (see compose_folders()): what fits to the
    // byte stays.
    if (exact.contains(image.label)) return;
    const auto name = known.find(common_form(image.label));
    if (name != known.end()) image.label = name->second;
  };
  std::for_each(arrangement.placed.begin(), arrangement.placed.end(), adopt);
  std::for_each(arrangement.set_aside.begin(), arrangement.set_aside.end(), adopt);
}

std::string count_images(int64_t count) {
  return fmt::format("{} image{}", count, count == 1 ? "" : "s");
}

}  // namespace nasnet::data
