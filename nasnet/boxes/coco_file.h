#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/boxes/coco_records.h"
#include "nasnet/boxes/detection_set.h"

namespace nasnet::boxes {

struct CocoImage {
  int64_t id = 0;
  std::string file_name;
  int width = 0, height = 0;  ///< 0 where the file does not say both
};

struct CocoAnnotation {
  int64_t id = 0, image_id = 0, category_id = 0;
  Rectangle box;
  double area = 0;  ///< width x height where the file does not say
  bool crowd = false, ignore = false;
};

/// The contents of one file of COCO's form, in its order.
struct CocoFile {
  std::string path;
  std::vector<CocoImage> images;
  std::vector<Category> categories;
  std::vector<CocoAnnotation> annotations;
};

/// Parses a file of annotations (https://cocodataset.org/#format-data). Nothing where the text is
/// another JSON: without "images", "annotations" and "categories", or without any box. Ids that are
/// texts of whole numbers are read; annotations without a box of four finite numbers are left out;
/// both are told of in `problems`. NaN and Infinity, which Python writes and JSON lacks, are no
/// numbers. Throws InputError as read_coco_records() does, and for an entry without its ids.
std::optional<CocoFile> parse_coco(std::string_view text, const std::string& path,
                                   Problems& problems);

}  // namespace nasnet::boxes
