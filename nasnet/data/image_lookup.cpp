#include "nasnet/data/image_lookup.h"

#include <algorithm>
#include <filesystem>

namespace nasnet::data {
namespace {

std::string stem_of(const std::string& name) {
  return std::filesystem::path(name).stem().string();
}

/// How many names at the end of the paths are equal; the last may lack its ending in `value`.
size_t common_end(const Parts& value, const Parts& image) {
  if (value.back() != image.back() && value.back() != stem_of(image.back())) return 0;
  size_t count = 1;
  while (count < value.size() && count < image.size() &&
         value[value.size() - 1 - count] == image[image.size() - 1 - count])
    ++count;
  return count;
}

}  // namespace

Split split_above(const std::string& path) {
  const Parts parts = split_path(path);
  for (size_t i = 0; i + 1 < parts.size(); ++i)
    if (const Split split = split_named(parts[i]); split != Split::kNone) return split;
  return Split::kNone;
}

ImageLookup::ImageLookup(const std::vector<const ImageFile*>& images) {
  for (const ImageFile* file : images) {
    images_.push_back({file, split_path(file->path)});
    const std::string& name = images_.back().parts.back();
    const std::string stem = stem_of(name);
    by_name_[name].push_back(images_.size() - 1);
    if (stem != name) by_name_[stem].push_back(images_.size() - 1);
  }
}

std::vector<const ImageFile*> ImageLookup::find(const std::string& value, const std::string& list,
                                                Split split) const {
  std::string path = value;
  std::replace(path.begin(), path.end(), '\\', '/');
  const Parts wanted = split_path(path);
  if (wanted.empty()) return {};
  const auto candidates = by_name_.find(wanted.back());
  if (candidates == by_name_.end()) return {};
  Parts folder = split_path(list);
  folder.pop_back();
  // Rank: names in common, then nearness to the list, then the split.
  struct Rank {
    size_t common, near, split;
    auto operator<=>(const Rank&) const = default;
  };
  Rank best{};
  std::vector<const ImageFile*> found;
  for (const size_t i : candidates->second) {
    const Parts& parts = images_[i].parts;
    const bool below =
        parts.size() > folder.size() && std::equal(folder.begin(), folder.end(), parts.begin());
    const size_t common = common_end(wanted, parts);
    // The one path must be the end of the other: else it is another file of the same name.
    const bool whole = common == wanted.size() || common == parts.size() ||
                       (below && common >= parts.size() - folder.size());
    if (common == 0 || !whole) continue;
    const Rank rank{common, below,
                    split != Split::kNone && split_above(images_[i].file->path) == split};
    if (rank < best) continue;
    if (best < rank) found.clear();
    best = rank;
    found.push_back(images_[i].file);
  }
  return found;
}

}  // namespace nasnet::data
