#include "nasnet/boxes/find_detection_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/boxes/coco_set.h"
#include "nasnet/data/part_names.h"

namespace nasnet::boxes {
namespace {

namespace fs = std::filesystem;

std::string end_of(const std::string& path) {
  return data::lower_case(fs::path(path).extension().string());
}

/// The path as it is given, or as printable() wrote it; "" where nothing is there.
std::string existing(const std::string& where) {
  std::error_code none;
  for (const std::string& path : {where, from_printable(where)})
    if (fs::exists(path, none)) return path;
  return "";
}

/// True where a name in the archive says that it may hold boxes.
bool may_hold_boxes(const MemberList& list) {
  return std::any_of(list.members.begin(), list.members.end(), [](const Member& member) {
    const std::string end = end_of(member.path);
    return end == ".json" || end == ".xml" || end == ".yaml" || end == ".yml";
  });
}

/// All COCO files of a tree. Beside instances_*.json the other files of their folder tell of the
/// same images in other ways: captions, key points.
std::vector<CocoFile> find_coco_files(const data::ImageTree& tree, Problems& problems) {
  const auto is_instances = [](const data::ImageFile& list) {
    return fs::path(list.path).filename().string().starts_with("instances_");
  };
  const bool only_instances = std::any_of(tree.lists.begin(), tree.lists.end(), is_instances);
  std::vector<CocoFile> files;
  for (const data::ImageFile& list : tree.lists) {
    if (end_of(list.path) != ".json" || (only_instances && !is_instances(list))) continue;
    constexpr size_t kAll = std::numeric_limits<size_t>::max();
    if (std::optional<CocoFile> file = parse_coco(list.read_beginning(kAll), list.path, problems))
      files.push_back(std::move(*file));
  }
  return files;
}

std::optional<DetectionSet> read_tree(const data::ImageTree& tree, const ReadOptions& options) {
  DetectionSet set;
  const std::vector<CocoFile> coco = find_coco_files(tree, set.problems);
  if (coco.empty()) return std::nullopt;
  build_coco_set(coco, tree, options, set);
  return set;
}

}  // namespace

std::optional<DetectionSet> find_detection_set(const std::string& where,
                                               const ReadOptions& options) {
  const std::string path = existing(where);
  if (path.empty()) return std::nullopt;
  std::optional<DetectionSet> set;
  if (fs::is_directory(path)) {
    set = read_tree(data::list_images(path), options);
  } else {
    MemberList members = list_members(path);
    if (!may_hold_boxes(members)) return std::nullopt;
    set = read_tree(data::list_archive_images(path, std::move(members)), options);
  }
  if (!set) return std::nullopt;
  set->source = printable(path);
  set->name = printable(fs::path(path).filename().string());
  return set;
}

}  // namespace nasnet::boxes
