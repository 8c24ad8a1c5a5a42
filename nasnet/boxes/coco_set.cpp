#include "nasnet/boxes/coco_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <unordered_set>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/boxes/look_at_pictures.h"

// Makes a set of COCO files and a tree of pictures. Order matters: images of all files first, then
// the pictures' sizes, then the annotations, as a box can be judged only within an image of known
// size. Categories are joined over all files, so that a label means the same in each split.

namespace nasnet::boxes {
namespace {

using Places = std::unordered_map<int64_t, size_t>;  ///< of ids

/// All files' categories by ascending id. Throws InputError where one id has two names.
std::vector<Category> join_categories(const std::vector<CocoFile>& files) {
  std::map<int64_t, std::pair<std::string, const CocoFile*>> names;
  for (const CocoFile& file : files) {
    std::set<int64_t> own;
    for (const Category& category : file.categories) {
      const auto [known, is_new] = names.try_emplace(category.id, category.name, &file);
      if (!own.insert(category.id).second || (!is_new && known->second.first != category.name))
        throw InputError(
            fmt::format("{}: category id {} is '{}', and '{}' in {}; an id must mean one category",
                        file.path, category.id, printable(category.name),
                        printable(known->second.first), known->second.second->path));
    }
  }
  std::vector<Category> categories;
  for (const auto& [id, name] : names)
    categories.push_back({id, printable(name.first.empty() ? std::to_string(id) : name.first)});
  return categories;
}

/// One file's split, in two steps with a look at the pictures between them.
class SplitBuilder {
 public:
  SplitBuilder(const CocoFile& file, DetectionSet& set) : file_(file), set_(set) {}

  /// The images that are there, without objects.
  DetectionSplit images(Pictures& pictures) {
    DetectionSplit split;
    split.name = coco_split_name(file_.path);
    split.kind = data::split_named(split.name);
    std::unordered_map<int64_t, const CocoImage*> known;
    for (const CocoImage& image : file_.images) {
      const auto [first, is_new] = known.try_emplace(image.id, &image);
      if (!is_new)
        throw InputError(fmt::format("{}: image id {} is both {} and {}", file_.path, image.id,
                                     printable(first->second->file_name),
                                     printable(image.file_name)));
      const data::ImageFile* picture =
          pictures.find({image.file_name}, file_.path, split.kind, set_.problems);
      if (!picture) continue;
      pictures.use(picture, split.name, set_.problems);
      DetectionImage& added = split.images.emplace_back();
      added.path = image.file_name;
      added.id = image.id;
      // Both or none: a size of which half is missing is taken from the picture.
      added.width = image.height > 0 ? image.width : 0;
      added.height = image.width > 0 ? image.height : 0;
      added.file = *picture;
    }
    // By id, as cocoapi's evaluation goes through them: equal scores keep this order.
    std::sort(split.images.begin(), split.images.end(),
              [](const DetectionImage& a, const DetectionImage& b) { return a.id < b.id; });
    return split;
  }

  /// Puts the annotations into the images, whose sizes are known by now.
  void objects(DetectionSplit& split, const Places& labels, bool honour_ignore) {
    Places images;
    for (size_t i = 0; i < split.images.size(); ++i) images[split.images[i].id] = i;
    // Images that are listed, but whose picture is missing or left out, are no unknown ones.
    std::unordered_set<int64_t> listed, ids;
    for (const CocoImage& image : file_.images) listed.insert(image.id);
    for (const CocoAnnotation& annotation : file_.annotations) {
      const auto where = [&] {
        return fmt::format("{}: annotation {}", file_.path, annotation.id);
      };
      if (!ids.insert(annotation.id).second) set_.problems.add(ProblemKind::kRepeatedId, where());
      if (!listed.contains(annotation.image_id)) {
        set_.problems.add(ProblemKind::kUnknownImage,
                          fmt::format("{} of image {}", where(), annotation.image_id));
        continue;
      }
      const auto label = labels.find(annotation.category_id);
      if (label == labels.end()) {
        set_.problems.add(ProblemKind::kUnknownCategory,
                          fmt::format("{} of category {}", where(), annotation.category_id));
        continue;
      }
      const auto place = images.find(annotation.image_id);
      if (place == images.end()) continue;  // its image was told of
      DetectionImage& image = split.images[place->second];
      Object object;
      object.written = annotation.box;
      object.label = static_cast<int>(label->second);
      object.area = annotation.area;
      object.crowd = annotation.crowd;
      object.difficult = honour_ignore && annotation.ignore;
      settle(object, image, set_.problems, [&] {
        return fmt::format("{} of image {} ({})", where(), image.id, printable(image.path));
      });
      image.objects.push_back(object);
    }
  }

 private:
  const CocoFile& file_;
  DetectionSet& set_;
};

}  // namespace

std::string coco_split_name(const std::string& path) {
  // Words that say only what the file is go, and what is left names the split: "train2017" of
  // instances_train2017.json. `plain` keeps step with `stem`, in small letters.
  std::string stem = std::filesystem::path(path).stem().string();
  std::string plain = data::lower_case(stem);
  for (const std::string_view word : {"instances", "annotations", "annotation", "coco", "labels"})
    if (const size_t at = plain.find(word); at != std::string::npos) {
      plain.erase(at, word.size());
      stem.erase(at, word.size());
    }
  const auto is_joint = [](char c) { return c == '_' || c == '-' || c == '.' || c == ' '; };
  while (!stem.empty() && is_joint(stem.front())) stem.erase(0, 1);
  while (!stem.empty() && is_joint(stem.back())) stem.pop_back();
  if (data::split_named(stem) != data::Split::kNone) return stem;
  if (std::string folder = folder_split(path); !folder.empty()) return folder;
  return stem.empty() ? kWholeSet : stem;
}

void build_coco_set(const std::vector<CocoFile>& files, const data::ImageTree& tree,
                    const ReadOptions& options, DetectionSet& set) {
  set.form = "COCO";
  set.categories = join_categories(files);
  Places labels;
  for (const Category& category : set.categories) labels.emplace(category.id, labels.size());
  Pictures pictures(tree);
  std::vector<SplitBuilder> builders;
  for (const CocoFile& file : files) {
    builders.emplace_back(file, set);
    set.splits.push_back(builders.back().images(pictures));
    for (size_t i = 0; i + 1 < set.splits.size(); ++i)
      // Splits are told apart by their names alone.
      if (set.splits[i].name == set.splits.back().name)
        throw InputError(
            fmt::format("{} and {} are both COCO files of the split '{}'; name one of "
                        "them instead of the folder",
                        files[i].path, file.path, set.splits[i].name));
  }
  refuse_without_images(set);
  pictures.tell_unlisted(set.problems);
  look_at_pictures(set, options.skip_unreadable);
  for (size_t i = 0; i < builders.size(); ++i)
    builders[i].objects(set.splits[i], labels, options.boxes.honour_ignore);
  finish(options.boxes, set);
}

}  // namespace nasnet::boxes
