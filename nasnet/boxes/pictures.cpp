#include "nasnet/boxes/pictures.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/names.h"

namespace nasnet::boxes {
namespace {

std::vector<const data::ImageFile*> files_of(const data::ImageTree& tree) {
  std::vector<const data::ImageFile*> files;
  for (const data::ImageFile& image : tree.images) files.push_back(&image);
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

const data::ImageFile* Pictures::find(const std::string& name, const std::string& list,
                                      data::Split split, Problems& problems) const {
  std::vector<const data::ImageFile*> found = lookup_.find(name, list, split);
  if (found.empty()) found = lookup_.find(last_name(name), list, split);
  if (found.size() == 1) return found[0];
  if (found.empty()) {
    problems.add(ProblemKind::kMissingImage, fmt::format("{}: {}", list, printable(name)));
  } else {
    problems.add(ProblemKind::kUnclearImage,
                 fmt::format("{}: {} may be {} or {}", list, printable(name), found[0]->path,
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
    if (!is_used(file)) problems.add(ProblemKind::kUnlistedImage, file->path);
}

}  // namespace nasnet::boxes
