#include "nasnet/data/image_lookup.h"

#include <algorithm>
#include <filesystem>

#include "nasnet/base/names.h"
#include "nasnet/data/list_text.h"

// Names in lists are matched from their end: the file's name finds the candidates, and the path
// before it chooses among them. So lists written on other machines, or in other folders, still fit.

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

ImageLookup::Names ImageLookup::names_of(const Parts& parts) {
  Names names;
  for (const std::string& part : parts) {
    names.exact.push_back(common_form(part));
    names.folded.push_back(case_folded(names.exact.back()));
  }
  return names;
}

ImageLookup::ImageLookup(const std::vector<const ImageFile*>& images) {
  for (const ImageFile* file : images) {
    images_.push_back({file, names_of(split_path(file->path))});
    const Names& names = images_.back().names;
    const std::string& name = names.folded.back();
    const std::string stem = stem_of(name);
    by_name_[name].push_back(images_.size() - 1);
    // Lists may leave the ending out.
    if (stem != name) by_name_[stem].push_back(images_.size() - 1);
    folders_.insert(names.exact.begin(), names.exact.end() - 1);
  }
}

std::vector<const ImageFile*> ImageLookup::find(const std::string& value, const std::string& list,
                                                Split split) const {
  if (const auto by_id = by_id_.find(value); by_id != by_id_.end()) return {by_id->second};
  std::string path = value;  // its backslashes are Windows', or those of printed bytes
  std::replace(path.begin(), path.end(), '\\', '/');
  std::vector<const ImageFile*> found = find_path(split_path(path), list, split);
  if (!found.empty() || path == value) return found;
  return find_path(split_path(value), list, split);
}

std::vector<const ImageFile*> ImageLookup::find_path(const Parts& parts, const std::string& list,
                                                     Split split) const {
  if (parts.empty()) return {};
  Parts listed;
  for (const std::string& part : parts) listed.push_back(listed_name(part));
  // Cases are folded to find pictures; upper and lower case decide only between two of them.
  const Names wanted = names_of(listed);
  const auto candidates = by_name_.find(wanted.folded.back());
  if (candidates == by_name_.end()) return {};
  Parts folder = names_of(split_path(list)).folded;
  folder.pop_back();
  // Rank: names in common, then nearness to the list, then the split, then upper and lower case.
  struct Rank {
    size_t common, near, split, exact;
    auto operator<=>(const Rank&) const = default;
  };
  Rank best{};
  std::vector<const ImageFile*> found;
  for (const size_t i : candidates->second) {
    const Names& image = images_[i].names;
    const size_t depth = image.folded.size();
    const bool below =
        depth > folder.size() && std::equal(folder.begin(), folder.end(), image.folded.begin());
    const size_t common = common_end(wanted.folded, image.folded);
    // The one path must be the end of the other: else it is another file of the same name.
    const bool whole = common == wanted.folded.size() || common == depth ||
                       (below && common >= depth - folder.size());
    if (common == 0 || !whole) continue;
    const Rank rank{common, below,
                    split != Split::kNone && split_above(images_[i].file->path) == split,
                    common_end(wanted.exact, image.exact)};
    if (rank < best) continue;
    if (best < rank) found.clear();
    best = rank;
    found.push_back(images_[i].file);
  }
  return found;
}

}  // namespace nasnet::data
