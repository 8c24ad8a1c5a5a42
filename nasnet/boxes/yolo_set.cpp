#include "nasnet/boxes/yolo_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/text.h"
#include "nasnet/boxes/look_at_pictures.h"
#include "nasnet/boxes/pictures.h"
#include "nasnet/boxes/yolo_labels.h"
#include "nasnet/data/list_text.h"
#include "nasnet/data/split_path.h"

// Makes a set of a data.yaml, or a list of classes, and a tree of pictures. First the places that
// the file names are looked for, then their images are taken, then their texts of boxes; shares of
// an image become pixels last, when the header of each picture has told its size.

namespace nasnet::boxes {
namespace {

namespace fs = std::filesystem;
using data::Parts;

/// The parts of a path in a data.yaml, with ".." taken back where something stands before it.
Parts plain_parts(std::string path) {
  std::replace(path.begin(), path.end(), '\\', '/');
  Parts parts;
  for (std::string& part : data::split_path(path)) {
    if (part != "..") {
      parts.push_back(std::move(part));
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  return parts;
}

/// The inverse of data::split_path().
std::string joined(const Parts& parts) {
  return fmt::format("{}", fmt::join(parts, "/"));
}

bool is_text(const data::ImageFile& list) {
  return data::lower_case(list.path).ends_with(".txt");
}

/// "labels/a/1.txt" of "images/a/1.jpg", or "1.txt" beside it.
std::vector<std::string> label_paths(const std::string& image) {
  Parts parts = data::split_path(fs::path(image).replace_extension(".txt").string());
  std::vector<std::string> paths = {joined(parts)};
  const auto folder = std::find(parts.rbegin() + 1, parts.rend(), "images");
  if (folder != parts.rend()) {
    *folder = "labels";
    paths.insert(paths.begin(), joined(parts));
  }
  return paths;
}

class YoloSetBuilder {
 public:
  YoloSetBuilder(const YoloYaml& yaml, const std::string& file, const data::ImageTree& tree,
                 const ReadOptions& options, DetectionSet& set)
      : yaml_(yaml), file_(file), options_(options), set_(set), pictures_(tree) {
    for (const data::ImageFile& list : tree.lists)
      if (is_text(list)) texts_[list.path] = &list;
    // Every folder above an image holds it: a split may name any of them.
    for (const data::ImageFile* image : pictures_.files())
      for (fs::path above = fs::path(image->path).parent_path();; above = above.parent_path()) {
        folders_[above.string()].push_back(image);
        if (above.empty()) break;
      }
  }

  void build() {
    // It throws where nothing is there, before anything of the set is made.
    const std::vector<std::pair<std::string, std::string>> places = find_places();
    set_.form = "YOLO";
    for (const auto& [number, name] : yaml_.names) {
      labels_[number] = static_cast<int>(set_.categories.size());
      set_.categories.push_back({number, printable(name)});
    }
    for (const auto& [name, place] : places) add_images(name, place);
    if (places.empty()) add_all_images();
    refuse_without_images(set_);
    refuse_without_texts();
    pictures_.tell_unlisted(set_.problems);
    number_images(set_);
    look_at_pictures(set_, options_.skip_unreadable);
    for (DetectionSplit& split : set_.splits)
      // Images whose text cannot be read go with it, if that is asked for; the problem stays told.
      std::erase_if(split.images, [&](DetectionImage& image) {
        return !add_objects(image) && options_.skip_unreadable;
      });
    set_.ignored.erase(fs::path(file_).extension().string());
    finish(options_.boxes, set_);
  }

 private:
  /// Splits, and the folders or texts that hold them.
  std::vector<std::pair<std::string, std::string>> find_places() {
    std::vector<std::pair<std::string, std::string>> places;
    std::string missing;
    for (const auto& [name, entries] : yaml_.splits)
      for (const std::string& entry : entries) {
        if (const std::optional<std::string> place = resolve(entry)) {
          places.emplace_back(name, *place);
        } else {
          missing = fmt::format("{}: {} '{}' is no folder of images and no text that lists them",
                                file_, name, printable(entry));
          set_.problems.add(ProblemKind::kMissingSplit, missing);
        }
      }
    // Some missing splits are a problem to tell of; with all of them gone it is another set.
    if (places.empty() && !missing.empty()) throw NothingAnnotated(missing);
    return places;
  }

  /// The folder of images, or text, in the tree that an entry of the file names: from the set's
  /// folder or the file's own. Of a path of another machine the longest end that is here counts.
  std::optional<std::string> resolve(const std::string& entry) const {
    const std::string base = fs::path(file_).parent_path().string();
    for (const std::string& written : {yaml_.path + "/" + entry, entry}) {
      Parts parts = plain_parts(written);
      // The longest end first: a shorter one may be another folder of that name.
      for (; !parts.empty(); parts.erase(parts.begin()))
        for (const std::string& from : {base, std::string()}) {
          const std::string path = from.empty() ? joined(parts) : from + "/" + joined(parts);
          if (folders_.contains(path) || texts_.contains(path)) return path;
        }
    }
    // `train: .` or `path: .` alone: the file's own folder.
    if (plain_parts(entry).empty() && folders_.contains(base)) return base;
    return std::nullopt;
  }

  /// The images of a split, from a folder or from a text with one path a line.
  void add_images(const std::string& split, const std::string& place) {
    if (const auto folder = folders_.find(place); folder != folders_.end()) {
      for (const data::ImageFile* image : folder->second) add_image(split, *image);
      return;
    }
    const data::ImageFile& list = *texts_.at(place);
    for (const std::string& line : lines_of(data::decode_list(list.read()).text)) {
      const std::string name = joined(plain_parts(line));
      if (name.empty()) continue;
      const data::ImageFile* image =
          pictures_.find({name}, list.path, data::split_named(split), set_.problems);
      if (image) add_image(split, *image);
    }
  }

  /// Without a data.yaml folders tell the splits.
  void add_all_images() {
    for (const data::ImageFile* image : pictures_.files()) {
      const std::string folder = folder_split(image->path);
      add_image(folder.empty() ? kWholeSet : folder, *image);
    }
  }

  /// Throws NothingAnnotated where no image has boxes: a set of classes may have a data.yaml, too.
  void refuse_without_texts() const {
    const DetectionImage* first = nullptr;
    for (const DetectionSplit& split : set_.splits)
      for (const DetectionImage& image : split.images) {
        if (find_text(image.path)) return;
        if (!first) first = &image;
      }
    if (first)
      throw NothingAnnotated(fmt::format("{}: no image has a text of boxes; that of {} would be {}",
                                         file_, first->path, label_paths(first->path)[0]));
  }

  void add_image(const std::string& split, const data::ImageFile& file) {
    pictures_.use(&file, split, set_.problems);
    DetectionImage image;
    image.path = file.path;
    image.file = file;
    split_named(split, set_).images.push_back(std::move(image));
  }

  const data::ImageFile* find_text(const std::string& image) const {
    for (const std::string& path : label_paths(image))
      if (const auto found = texts_.find(path); found != texts_.end()) return found->second;
    return nullptr;
  }

  /// False where its text of boxes cannot be read.
  bool add_objects(DetectionImage& image) {
    const data::ImageFile* text = find_text(image.file.path);
    if (!text) return true;
    try {
      for (const YoloObject& found : parse_yolo_labels(text->read(), text->path))
        image.objects.push_back(object_of(found, image, text->path));
      return true;
    } catch (const Error& error) {
      set_.problems.add(ProblemKind::kUnreadableFile, error.what());
      return false;
    }
  }

  /// In pixels of the image. Throws InputError for a class that has no name.
  Object object_of(const YoloObject& found, const DetectionImage& image, const std::string& text) {
    const auto label = labels_.find(found.category);
    if (label == labels_.end())
      throw InputError(fmt::format("{} line {}: class {} has no name in {}, which has {}", text,
                                   found.line, found.category, file_, labels_.size()));
    Object object;
    object.written = {(found.x - found.width / 2) * image.width,
                      (found.y - found.height / 2) * image.height, found.width * image.width,
                      found.height * image.height};
    object.label = label->second;
    object.area = object.written.area();
    settle(object, image, set_.problems,
           [&] { return fmt::format("{} line {}", text, found.line); });
    return object;
  }

  const YoloYaml& yaml_;
  const std::string& file_;
  const ReadOptions& options_;
  DetectionSet& set_;
  Pictures pictures_;
  std::unordered_map<std::string, const data::ImageFile*> texts_;
  std::unordered_map<std::string, std::vector<const data::ImageFile*>> folders_;
  std::map<int64_t, int> labels_;
};

}  // namespace

size_t count_yolo_texts(const data::ImageTree& tree) {
  std::unordered_set<std::string> texts;
  for (const data::ImageFile& list : tree.lists)
    if (is_text(list)) texts.insert(list.path);
  if (texts.empty()) return 0;
  const auto has_text = [&](const data::ImageFile& image) {
    const std::vector<std::string> paths = label_paths(image.path);
    return std::any_of(paths.begin(), paths.end(),
                       [&](const std::string& path) { return texts.contains(path); });
  };
  return static_cast<size_t>(std::count_if(tree.images.begin(), tree.images.end(), has_text));
}

void build_yolo_set(const YoloYaml& yaml, const std::string& file, const data::ImageTree& tree,
                    const ReadOptions& options, DetectionSet& set) {
  YoloSetBuilder(yaml, file, tree, options, set).build();
}

}  // namespace nasnet::boxes
