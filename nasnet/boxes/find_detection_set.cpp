#include "nasnet/boxes/find_detection_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <limits>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/boxes/around_file.h"
#include "nasnet/boxes/coco_set.h"
#include "nasnet/boxes/voc_set.h"
#include "nasnet/boxes/yolo_set.h"
#include "nasnet/data/class_list.h"
#include "nasnet/data/folder_layout.h"
#include "nasnet/data/list_text.h"
#include "nasnet/data/part_names.h"

// Finds out what a path holds. Forms are tried in the order COCO, YOLO, Pascal VOC, each of which
// says nothing where it has no files; only a file that was named by itself must be of its form. An
// archive is listed first, and unpacked only where a name in it may belong to boxes.

namespace nasnet::boxes {
namespace {

namespace fs = std::filesystem;

constexpr size_t kWhole = std::numeric_limits<size_t>::max();
/// A data.yaml has some kilobytes.
constexpr size_t kLargestYaml = size_t{1} << 20;

std::string end_of(const std::string& path) {
  return data::lower_case(fs::path(path).extension().string());
}

bool is_yaml(const std::string& path) {
  return end_of(path) == ".yaml" || end_of(path) == ".yml";
}

/// The path as it is given, or as printable() wrote it; "" where neither a folder nor a file is
/// there: opening a named pipe would wait for whoever writes to it.
std::string readable_path(const std::string& where) {
  std::error_code none;
  for (const std::string& path : {where, from_printable(where)})
    if (fs::is_directory(path, none) || fs::is_regular_file(path, none)) return path;
  return "";
}

/// True where a name in the archive says that it may hold boxes.
bool may_hold_boxes(const MemberList& list) {
  return std::any_of(list.members.begin(), list.members.end(), [](const Member& member) {
    return end_of(member.path) == ".json" || end_of(member.path) == ".xml" ||
           is_yaml(member.path) || data::is_class_list(member.path);
  });
}

/// A set with what the tree itself tells: files left out, and those that cannot be read.
DetectionSet empty_set(const data::ImageTree& tree) {
  DetectionSet set;
  set.ignored = tree.others;
  for (const data::Unreadable& file : tree.unreadable)
    set.problems.add(ProblemKind::kUnreadableFile, file.why);
  return set;
}

/// All COCO files of a tree. Beside instances_*.json the other files of their folder tell of the
/// same images in other ways: captions, key points.
std::optional<DetectionSet> find_coco(const data::ImageTree& tree, const ReadOptions& options) {
  const auto is_instances = [](const data::ImageFile& list) {
    return fs::path(list.path).filename().string().starts_with("instances_");
  };
  const bool only_instances = std::any_of(tree.lists.begin(), tree.lists.end(), is_instances);
  DetectionSet set = empty_set(tree);
  std::vector<CocoFile> files;
  for (const data::ImageFile& list : tree.lists) {
    std::optional<CocoFile> file;
    if (end_of(list.path) == ".json" && (!only_instances || is_instances(list)))
      file = parse_coco(list.read_beginning(kWhole), list.path, set.problems);
    if (file) {
      files.push_back(std::move(*file));
    } else {
      data::leave_out(list.path, set.ignored);
    }
  }
  if (files.empty()) return std::nullopt;
  build_coco_set(files, tree, options, set);
  return set;
}

/// A file of annotations that was named by itself. Other images around it are other files'.
DetectionSet read_coco_file(const std::string& path, const ReadOptions& options) {
  // Of the file itself; each try below begins with them.
  Problems problems;
  std::optional<CocoFile> file =
      parse_coco(read_file(path), printable(fs::path(path).filename().string()), problems);
  if (!file)
    throw InputError(
        fmt::format("{} is no file of boxes in COCO's form, which has \"images\", "
                    "\"annotations\" with \"bbox\", and \"categories\"",
                    printable(path)));
  std::vector<CocoFile> files;
  files.push_back(std::move(*file));
  const auto build = [&](const Surroundings& around) {
    DetectionSet set;
    set.problems = problems;
    files[0].path = around.file;
    build_coco_set(files, around.tree, options, set);
    // Around a file that was named alone others are expected.
    set.problems.forget(ProblemKind::kUnlistedImage);
    return set;
  };
  const std::string& images = options.boxes.images;
  try {
    return build(below_folder(path, images));
  } catch (const NothingAnnotated&) {
    if (!images.empty()) throw;
  }
  return build(beside_folder(path));
}

/// A data.yaml that was named by itself. Its `path` may lead elsewhere.
DetectionSet read_yolo_file(const std::string& path, const ReadOptions& options) {
  const std::optional<YoloYaml> yaml =
      parse_yolo_yaml(read_file(path, kLargestYaml), printable(path));
  if (!yaml)
    throw InputError(
        fmt::format("{} is no data.yaml of YOLO's form, which has names and train, "
                    "val or test",
                    printable(path)));
  std::string folder = options.boxes.images;
  const fs::path told = fs::absolute(path).parent_path() / yaml->path;
  std::error_code none;
  if (folder.empty() && fs::is_directory(told, none)) folder = told.string();
  const Surroundings around = below_folder(path, folder);
  DetectionSet set = empty_set(around.tree);
  build_yolo_set(*yaml, around.file, around.tree, options, set);
  return set;
}

/// Nothing where the images have no boxes.
std::optional<DetectionSet> try_yolo(const YoloYaml& yaml, const data::ImageFile& file,
                                     const data::ImageTree& tree, const ReadOptions& options) {
  try {
    DetectionSet set = empty_set(tree);
    build_yolo_set(yaml, file.path, tree, options, set);
    return set;
  } catch (const NothingAnnotated&) {
    return std::nullopt;
  }
}

/// `folder`: where the tree lies on the disk, or "".
std::optional<DetectionSet> find_yolo(const data::ImageTree& tree, const std::string& folder,
                                      const ReadOptions& options) {
  // A data.yaml without images below it, whose `path` leads out of its folder.
  const bool elsewhere = tree.images.empty() && !folder.empty();
  const size_t texts = count_yolo_texts(tree);
  if (texts == 0 && !elsewhere) return std::nullopt;
  for (const data::ImageFile& file : tree.annotations) {
    if (!is_yaml(file.path)) continue;
    const std::string text = file.read_beginning(kLargestYaml + 1);
    // One byte more than the largest was asked for.
    if (text.size() > kLargestYaml) continue;
    const std::optional<YoloYaml> yaml = parse_yolo_yaml(text, file.path);
    if (!yaml) continue;
    if (elsewhere)
      return read_yolo_file((fs::path(folder) / from_printable(file.path)).string(), options);
    if (auto set = try_yolo(*yaml, file, tree, options)) return set;
  }
  // A list of classes alone is no sure sign: most images must have a text of boxes, too.
  if (2 * texts < tree.images.size()) return std::nullopt;
  for (const data::ImageFile& list : tree.lists) {
    if (!data::is_class_list(list.path)) continue;
    YoloYaml yaml;
    for (std::string& name : data::parse_class_list(data::decode_list(list.read()).text, list.path))
      yaml.names.emplace(yaml.names.size(), std::move(name));
    if (auto set = try_yolo(yaml, list, tree, options)) return set;
  }
  return std::nullopt;
}

std::optional<DetectionSet> find_voc(const data::ImageTree& tree, const ReadOptions& options) {
  DetectionSet set = empty_set(tree);
  if (!build_voc_set(tree, options, set)) return std::nullopt;
  return set;
}

/// A sentence where the folders tell classes of whole images besides.
void note_class_folders(const data::ImageTree& tree, DetectionSet& set) {
  std::vector<const data::ImageFile*> images;
  for (const data::ImageFile& image : tree.images) images.push_back(&image);
  if (images.empty()) return;
  std::set<std::string> classes;
  try {
    for (const data::Placed& placed : data::arrange_by_folders(images, tree.folders, "").placed)
      classes.insert(placed.label);
  } catch (const InputError&) {
    return;
  }
  // Folders of pictures and of their additions are no classes.
  if (classes.size() < 2 || data::are_parts_of_a_set(classes)) return;
  set.notes.push_back(fmt::format(
      "the folders of the images tell {} classes besides ({}, {}{}); to classify by them, "
      "name the images' folder alone",
      classes.size(), *classes.begin(), *std::next(classes.begin()),
      classes.size() > 2 ? ", ..." : ""));
}

std::optional<DetectionSet> read_tree(const data::ImageTree& tree, const std::string& folder,
                                      const ReadOptions& options) {
  std::optional<DetectionSet> set = find_coco(tree, options);
  if (!set) set = find_yolo(tree, folder, options);
  if (!set) set = find_voc(tree, options);
  if (set) note_class_folders(tree, *set);
  return set;
}

std::optional<DetectionSet> read_any(const std::string& path, const ReadOptions& options) {
  if (fs::is_directory(path)) {
    data::ImageTree tree = data::list_images(path);
    // Annotations in one place, pictures in another.
    if (const std::string& images = options.boxes.images; !images.empty())
      tree.images = data::list_images(images).images;
    return read_tree(tree, path, options);
  }
  if (end_of(path) == ".json") return read_coco_file(path, options);
  if (is_yaml(path)) return read_yolo_file(path, options);
  if (end_of(path) == ".xml")
    throw InputError(
        fmt::format("{} describes one image; name the folder that holds all of them and the images",
                    printable(path)));
  if (data::names_shards(path)) return std::nullopt;
  MemberList members = list_members(path);
  if (!may_hold_boxes(members)) return std::nullopt;
  return read_tree(data::list_archive_images(path, std::move(members)), "", options);
}

}  // namespace

std::optional<DetectionSet> find_detection_set(const std::string& where,
                                               const ReadOptions& options) {
  const std::string path = readable_path(where);
  if (path.empty()) return std::nullopt;
  std::optional<DetectionSet> set = read_any(path, options);
  if (!set) return std::nullopt;
  set->source = printable(path);
  const fs::path plain = fs::path(path).lexically_normal();
  set->name = printable((plain.has_filename() ? plain : plain.parent_path()).filename().string());
  return set;
}

}  // namespace nasnet::boxes
