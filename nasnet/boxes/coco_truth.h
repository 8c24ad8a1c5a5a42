#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/boxes/box.h"

namespace nasnet::boxes {

/// An annotated object, as the metric sees it.
struct TruthObject {
  int image = 0, category = 0;  ///< indices in Truth
  bool crowd = false;           ///< a region of many objects
  bool ignored = false;         ///< neither found nor missed, whatever is detected there
  Rectangle box;
  double area = 0;  ///< decides the size range; COCO's is that of the object's mask
};

/// The annotations that detections are measured against.
struct Truth {
  std::string file;                  ///< for messages
  std::vector<int64_t> images;       ///< ids, ascending
  std::vector<int64_t> categories;   ///< ids, ascending
  std::vector<std::string> names;    ///< of the categories
  std::vector<TruthObject> objects;  ///< in the file's order
  std::vector<std::string> notes;    ///< sentences on entries that do not count
};

/// A detected object.
struct Detection {
  int image = 0, category = 0;  ///< indices in Truth
  Rectangle box;
  double score = 0;
};

struct Detections {
  std::vector<Detection> found;  ///< in the file's order
  std::vector<std::string> notes;
};

struct TruthOptions {
  /// Objects flagged `ignore` are ignored. The official code overwrites the flag with `iscrowd`.
  bool honour_ignore = false;
};

/// Reads an annotation file of COCO's form. Annotations of images or categories that the file does
/// not list do not count, as in the official code, nor do those whose box is not four numbers, as
/// of NaN; notes say how many. Throws InputError as read_coco_records() does, for annotations
/// without image or category, and for a file of results.
Truth read_truth(const std::string& file, const TruthOptions& options = {});

/// Reads a file of results: one list of {image_id, category_id, bbox, score}. Detections of other
/// categories than the annotations' do not count, which a note says. Throws InputError as
/// read_coco_records() does, for entries without one of the four, and for images that the
/// annotations do not have, naming the id and both files.
Detections read_detections(const std::string& file, const Truth& truth);

}  // namespace nasnet::boxes
