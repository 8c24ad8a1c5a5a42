#include "nasnet/boxes/voc_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/boxes/image_sets.h"
#include "nasnet/boxes/look_at_pictures.h"
#include "nasnet/boxes/pictures.h"
#include "nasnet/boxes/voc_file.h"
#include "nasnet/data/for_all.h"
#include "nasnet/data/part_names.h"
#include "nasnet/data/split_path.h"

// Makes a set of a tree's XML files. All are read first, on all cores, as both the classes and the
// origin of the coordinates are known only from all of them; then each finds its picture, then the
// pictures' sizes are looked at, and boxes come last.

namespace nasnet::boxes {
namespace {

namespace fs = std::filesystem;

/// A file of annotations with its content, or why it cannot be read.
struct Annotation {
  std::string path, stem;
  std::optional<VocFile> file;
  std::string fault;
};

/// All XML files of the tree by their paths. Those of another kind have neither content nor fault.
std::vector<Annotation> read_annotations(const data::ImageTree& tree) {
  std::vector<const data::ImageFile*> files;
  for (const data::ImageFile& file : tree.annotations)
    if (data::lower_case(file.path).ends_with(".xml")) files.push_back(&file);
  std::vector<Annotation> annotations(files.size());
  if (files.empty()) return annotations;
  data::for_all("reading annotations", files.size(), [&](size_t i) {
    Annotation& annotation = annotations[i];
    annotation.path = files[i]->path;
    annotation.stem = fs::path(annotation.path).stem().string();
    try {
      annotation.file = parse_voc(files[i]->read(), annotation.path);
    } catch (const Error& error) {
      annotation.fault = error.what();
    }
  });
  std::sort(annotations.begin(), annotations.end(),
            [](const Annotation& a, const Annotation& b) { return a.path < b.path; });
  return annotations;
}

/// The path below the folder of annotations, without the ending: what the picture is called below
/// its own folder.
std::string name_below(const std::string& path) {
  data::Parts parts = data::split_path(fs::path(path).replace_extension().string());
  const auto folder = std::find_if(parts.rbegin(), parts.rend(), data::is_beside_pictures);
  if (folder == parts.rend()) return parts.back();
  std::string name;
  for (auto part = folder.base(); part != parts.end(); ++part)
    name += (name.empty() ? "" : "/") + *part;
  return name;
}

class VocSetBuilder {
 public:
  VocSetBuilder(std::vector<Annotation> annotations, const data::ImageTree& tree,
                const ReadOptions& options, DetectionSet& set)
      : annotations_(std::move(annotations)),
        options_(options),
        set_(set),
        pictures_(tree),
        sets_(tree) {}

  void build() {
    set_.form = "Pascal VOC";
    find_categories();
    for (const Annotation& annotation : annotations_) {
      if (!annotation.fault.empty()) {
        set_.problems.add(ProblemKind::kUnreadableFile, annotation.fault);
      } else if (annotation.file) {
        place(annotation);
      }
    }
    for (const std::string& sentence : sets_.unused())
      set_.problems.add(ProblemKind::kMissingImage, sentence);
    refuse_without_images(set_);
    pictures_.tell_unlisted(set_.problems);
    number_images(set_);
    look_at_pictures(set_, options_.skip_unreadable);
    const bool edges = boxes_are_edges();
    for (DetectionSplit& split : set_.splits)
      for (DetectionImage& image : split.images) add_objects(edges, image);
    set_.ignored.erase(".xml");
    finish(options_.boxes, set_);
  }

 private:
  /// Labels in the order of names, since files come in no order that means anything.
  void find_categories() {
    for (const Annotation& annotation : annotations_)
      if (annotation.file)
        for (const VocObject& object : annotation.file->objects) labels_.try_emplace(object.name);
    for (auto& [name, label] : labels_) {
      label = static_cast<int>(set_.categories.size());
      set_.categories.push_back({label + 1, printable(name)});
    }
  }

  /// Finds the picture of an annotation, and puts it into its splits, without objects as yet.
  void place(const Annotation& annotation) {
    const VocFile& file = *annotation.file;
    const data::Split near = data::split_above(annotation.path);
    const data::ImageFile* picture = pictures_.find({name_below(annotation.path), file.filename},
                                                    annotation.path, near, set_.problems);
    if (!picture) return;
    const auto [first, is_new] = by_picture_.try_emplace(picture->path, &annotation);
    if (!is_new) {
      set_.problems.add(ProblemKind::kUnclearImage,
                        fmt::format("{} and {} are both of {}", first->second->path,
                                    annotation.path, picture->path));
      return;
    }
    // Lists before folders: VOC's own set has all its pictures in one.
    std::vector<std::string> splits = sets_.take(annotation.stem);
    if (sets_.empty()) {
      const std::string folder = folder_split(annotation.path);
      splits = {folder.empty() ? kWholeSet : folder};
    } else if (splits.empty()) {
      set_.problems.add(ProblemKind::kUnsplitImage, annotation.path);
      // It was named, by its annotation: it is told of once, as unsplit.
      pictures_.use(picture, "", set_.problems);
    }
    for (const std::string& split : splits) {
      pictures_.use(picture, split, set_.problems);
      DetectionImage image;
      image.path = picture->path;
      image.width = file.width;
      image.height = file.height;
      image.file = *picture;
      split_named(split, set_).images.push_back(std::move(image));
    }
  }

  /// In files that count from 1 no box begins at 0.
  bool boxes_are_edges() {
    // Said by the user, nothing is told either.
    if (options_.boxes.voc_origin) return *options_.boxes.voc_origin == 0;
    for (const Annotation& annotation : annotations_) {
      if (!annotation.file) continue;
      const auto& objects = annotation.file->objects;
      if (std::any_of(objects.begin(), objects.end(), [](const VocObject& object) {
            return object.has_box && (object.xmin == 0 || object.ymin == 0);
          }))
        set_.problems.add(ProblemKind::kZeroBased, annotation.path);
    }
    return set_.problems.count(ProblemKind::kZeroBased) > 0;
  }

  /// The annotation's boxes, in pixels of the image, whose size is known by now.
  void add_objects(bool edges, DetectionImage& image) {
    const Annotation& annotation = *by_picture_.at(image.file.path);
    size_t number = 0;
    for (const VocObject& found : annotation.file->objects) {
      ++number;
      const auto where = [&] {
        return fmt::format("{}: object {} ({})", annotation.path, number, printable(found.name));
      };
      if (!found.has_box) {
        set_.problems.add(ProblemKind::kNoNumbers, where() + " has no bndbox of four numbers");
        continue;
      }
      // Counted from 1, xmin is the first column of pixels within and xmax the last.
      const double first = edges ? 0 : 1;
      Object object;
      object.written = {found.xmin - first, found.ymin - first, found.xmax - found.xmin + first,
                        found.ymax - found.ymin + first};
      object.label = labels_.at(found.name);
      object.area = object.written.area();
      object.difficult = found.difficult;
      settle(object, image, set_.problems, where);
      image.objects.push_back(object);
    }
  }

  std::vector<Annotation> annotations_;
  const ReadOptions& options_;
  DetectionSet& set_;
  Pictures pictures_;
  ImageSets sets_;
  std::map<std::string, int> labels_;
  std::map<std::string, const Annotation*> by_picture_;
};

}  // namespace

bool build_voc_set(const data::ImageTree& tree, const ReadOptions& options, DetectionSet& set) {
  std::vector<Annotation> annotations = read_annotations(tree);
  const bool any = std::any_of(annotations.begin(), annotations.end(),
                               [](const Annotation& some) { return some.file.has_value(); });
  if (any) VocSetBuilder(std::move(annotations), tree, options, set).build();
  return any;
}

}  // namespace nasnet::boxes
