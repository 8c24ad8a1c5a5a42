#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/base/settings.h"
#include "nasnet/boxes/box.h"
#include "nasnet/boxes/problems.h"
#include "nasnet/data/dataset.h"
#include "nasnet/data/image.h"
#include "nasnet/data/image_tree.h"
#include "nasnet/data/split_names.h"

namespace nasnet::boxes {

struct Category {
  int64_t id = 0;  ///< as the file has it: results are written with it
  std::string name;
  bool operator==(const Category&) const = default;
};

std::vector<std::string> names_of(const std::vector<Category>& categories);

/// An annotated object.
struct Object {
  Rectangle written;       ///< as annotated: the evaluation reads it
  Box box;                 ///< its part within the image: training reads it
  int label = 0;           ///< place of its category in DetectionSet::categories
  double area = 0;         ///< square pixels as annotated, which may be those of its mask
  bool crowd = false;      ///< a region of many objects
  bool difficult = false;  ///< neither to be found nor to be missed
  bool usable = true;      ///< false: `box` has no area, so that only the evaluation counts it

  bool operator==(const Object&) const = default;
};

/// An image with its objects. It stays encoded.
struct DetectionImage {
  std::string path;           ///< as the annotation names it
  int64_t id = 0;             ///< as the file has it; else by the order of the set's paths, from 1
  int width = 0, height = 0;  ///< of the picture in which the boxes lie
  data::Turn turn = data::Turn::kUpright;  ///< how that picture is decoded
  data::ImageFile file;
  std::vector<Object> objects;  ///< in the file's order

  /// The picture in which the boxes lie. Throws InputError where it cannot be decoded.
  data::Image decode() const;
};

/// The split of a set that tells none.
inline constexpr const char* kWholeSet = "all";

/// A part of the set.
struct DetectionSplit {
  std::string name;  ///< as files and folders call it: "train2017", "valid"
  data::Split kind = data::Split::kNone;
  std::vector<DetectionImage> images;  ///< by ascending id
};

/// Images with boxes around objects.
struct DetectionSet {
  std::string name;                  ///< the folder's, archive's or file's name
  std::string source;                ///< the path that it was read from
  std::string form;                  ///< "COCO", "Pascal VOC" or "YOLO"
  std::vector<Category> categories;  ///< by ascending id
  std::vector<DetectionSplit> splits;
  Problems problems;
  data::LeftOutKinds ignored;      ///< files that are neither pictures nor annotations
  std::vector<std::string> notes;  ///< sentences on how the source was understood
};

/// How annotations are read, for every verb that does.
struct BoxSettings {
  std::string images;
  std::optional<int> voc_origin;
  bool drop_empty = false;
  bool honour_ignore = false;
};

template <class Visitor>
void visit_settings(Visitor& v, BoxSettings& s) {
  v.topic("Boxes");
  v("images", s.images,
    "folder of the images, if not below that of the annotations; those of an annotation file are "
    "looked for beside it and in the folders around it, too")
      .as("FOLDER");
  v("voc_origin", s.voc_origin,
    "the first pixel in Pascal VOC's files: 1, as its devkit counts, or 0, where boxes are edges; "
    "without it 1, unless a box begins at 0",
    Range{0, 1});
  v("drop_empty", s.drop_empty, "leave out images without objects, which teach the background");
  v("honour_ignore", s.honour_ignore,
    "take objects that a COCO file marks with \"ignore\" as difficult: neither to be found nor to "
    "be missed; COCO's own program looks at \"iscrowd\" alone");
}

/// A reader's settings.
struct ReadOptions {
  BoxSettings boxes;
  /// Leaves out what is an error otherwise: damaged files, pictures that are not as annotated.
  bool skip_unreadable = false;
};

/// Puts the splits into order, training images first, drops empty images where that is asked for,
/// and tells of categories without objects and of those that share a name. Readers end with it.
void finish(const BoxSettings& settings, DetectionSet& set);

/// Fills `box` with the part of `written` within the image, decides whether it is usable, and tells
/// of boxes that lack width, are swapped, or leave the image; `where` begins the sentence then.
void settle(Object& object, const DetectionImage& image, Problems& problems,
            const std::function<std::string()>& where);

}  // namespace nasnet::boxes
