#include "nasnet/boxes/pictures.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/names.h"
#include "nasnet/data/part_names.h"
#include "nasnet/data/split_path.h"

// How annotations find their pictures: the readers ask for a name, which may have folders of
// another machine before it, and tell in which splits a picture lies. What no one asked for is told
// at the end.

namespace nasnet::boxes {
namespace {

/// The tree's pictures by their paths. Masks and the like stand beside the pictures proper under
/// the same names, and would make each name unclear.
std::vector<const data::ImageFile*> files_of(const data::ImageTree& tree) {
  std::vector<const data::ImageFile*> files, additions;
  for (const data::ImageFile& image : tree.images) {
    const data::Parts parts = data::split_path(image.path);
    const bool beside = std::any_of(parts.begin(), parts.end() - 1, data::is_beside_pictures);
    (beside ? additions : files).push_back(&image);
  }
  if (files.empty()) files = std::move(additions);
  std::sort(files.begin(), files.end(),
            [](const data::ImageFile* a, const data::ImageFile* b) { return a->path < b->path; });
  return files;
}

/// The name in the last folder, which may be called otherwise than the annotations have it.
std::string last_name(const std::string& path) {
  return path.substr(path.find_last_of("/\\") + 1);
}

}  // namespace

Pictures::Pictures(const data::ImageTree& tree) : files_(files_of(tree)), lookup_(files_) {}

const data::ImageFile* Pictures::find(const std::vector<std::string>& names,
                                      const std::string& list, data::Split split,
                                      Problems& problems) const {
  // The name as it is written goes before its last part alone, which more pictures may share.
  std::vector<const data::ImageFile*> found;
  for (const std::string& name : names)
    for (const std::string& tried : {name, last_name(name)})
      if (found.empty()) found = lookup_.find(tried, list, split);
  if (found.size() == 1) return found[0];
  if (found.empty()) {
    problems.add(ProblemKind::kMissingImage, fmt::format("{}: {}", list, printable(names[0])));
  } else {
    problems.add(ProblemKind::kUnclearImage,
                 fmt::format("{}: {} may be {} or {}", list, printable(names[0]), found[0]->path,
                             found[1]->path));
  }
  return nullptr;
}

void Pictures::use(const data::ImageFile* file, const std::string& split, Problems& problems) {
  const auto [used, is_new] = used_.try_emplace(file, split);
  if (is_new) return;
  if (used->second == split) {
    problems.add(ProblemKind::kRepeatedImage, fmt::format("{} in {}", file->path, split));
  } else {
    problems.add(ProblemKind::kSharedImage,
                 fmt::format("{} in {} and {}", file->path, used->second, split));
  }
}

void Pictures::tell_unlisted(Problems& problems) const {
  for (const data::ImageFile* file : files_)
    if (!used_.contains(file)) problems.add(ProblemKind::kUnlistedImage, file->path);
}

void refuse_without_images(const DetectionSet& set) {
  const bool none = std::all_of(set.splits.begin(), set.splits.end(),
                                [](const DetectionSplit& split) { return split.images.empty(); });
  const auto& found = set.problems.found();
  const auto missing = found.find(ProblemKind::kMissingImage);
  if (none && missing != found.end())
    throw NothingAnnotated(fmt::format(
        "none of the {} annotated images is there, the first is {}; name their folder with "
        "--images, or the folder above both",
        missing->second.count, missing->second.sentences[0]));
}

std::string folder_split(const std::string& path) {
  // From the file upwards, the file's own name left out.
  const data::Parts parts = data::split_path(path);
  for (size_t i = parts.size() - 1; i-- > 0;)
    if (data::split_named(parts[i]) != data::Split::kNone) return parts[i];
  return "";
}

DetectionSplit& split_named(const std::string& name, DetectionSet& set) {
  for (DetectionSplit& split : set.splits)
    if (split.name == name) return split;
  return set.splits.emplace_back(DetectionSplit{name, data::split_named(name), {}});
}

void number_images(DetectionSet& set) {
  // All paths first: the map gives their order, and an image of two splits one number.
  std::map<std::string, int64_t> ids;
  for (const DetectionSplit& split : set.splits)
    for (const DetectionImage& image : split.images) ids[image.path];
  int64_t next = 1;
  for (auto& [path, id] : ids) id = next++;
  for (DetectionSplit& split : set.splits) {
    for (DetectionImage& image : split.images) image.id = ids.at(image.path);
    std::stable_sort(split.images.begin(), split.images.end(),
                     [](const auto& a, const auto& b) { return a.id < b.id; });
  }
}

}  // namespace nasnet::boxes
