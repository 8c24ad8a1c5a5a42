#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/boxes/detection_set.h"

namespace nasnet::boxes {

struct CocoImage {
  int64_t id = 0;
  std::string file_name;
  int width = 0, height = 0;  ///< 0 where the file does not say
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

/// Parses a COCO file ("bbox" annotations: https://cocodataset.org/#format-data) without building
/// it in memory. Nothing where the text is none: no object with "images", "annotations" and
/// "categories". Ids that are texts of whole numbers are read; annotations without a box of four
/// numbers are left out, both told of in `problems`. Throws InputError that names the file and the
/// byte where the JSON of such a file is damaged, and for ids that are no whole numbers.
std::optional<CocoFile> parse_coco(std::string text, const std::string& path, Problems& problems);

}  // namespace nasnet::boxes
