#include "nasnet/data/tag_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
#include "nasnet/data/list_text.h"

// Labels that lie beside the pictures themselves, and the names of their numbers.

namespace nasnet::data {

LabelList list_of_tags(const ImageTree& tree, const std::vector<std::string>& names,
                       const std::string& source) {
  LabelList list;
  list.path = "the shards";
  list.has_labels = true;
  const auto count = static_cast<int64_t>(names.size());
  int64_t lowest = count, highest = 0;
  for (const ImageFile& image : tree.images) {
    if (image.tag == ImageFile::kUntagged) continue;
    const int64_t number = parse_digits(tree.tags[image.tag].label).value_or(0);
    lowest = std::min(lowest, number);
    highest = std::max(highest, number);
  }
  // TF-slim's records keep 0 for what is none of the classes.
  const int64_t first = lowest >= 1 && highest == count ? 1 : 0;
  for (const ImageFile& image : tree.images) {
    if (image.tag == ImageFile::kUntagged) continue;
    const Tag& tag = tree.tags[image.tag];
    std::string label = tag.label;
    const std::optional<int64_t> number = parse_digits(label);
    if (!names.empty() && number) {
      if (*number - first >= count)
        throw InputError(fmt::format("{}: {} has label {}, but {} classes are named", source,
                                     image.path, label, count));
      label = names[*number - first];
    }
    list.images.push_back({&image, label, tag.split, 0});
  }
  return list;
}

bool is_shard_info(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  return name == "_info.json" || name == "info.json";
}

std::vector<std::string> parse_shard_info(const std::string& text, const std::string& path) {
  const nlohmann::json info = nlohmann::json::parse(text, nullptr, false);
  if (!info.is_object())
    throw InputError(fmt::format("{} is no JSON object; mend it, or remove it", path));
  for (const char* key : {"classes", "class_names", "label_names", "names"}) {
    const auto found = info.find(key);
    if (found == info.end() || !found->is_array()) continue;
    std::vector<std::string> names;
    for (const nlohmann::json& name : *found)
      if (name.is_string()) names.push_back(listed_name(name.get<std::string>()));
    if (names.size() == found->size()) return names;
  }
  return {};
}

}  // namespace nasnet::data
