#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nasnet/boxes/detection_set.h"

namespace nasnet::boxes {

/// Writes a split's annotations as a file of COCO's form, whole or not at all: ids and boxes as
/// they were read, difficult objects with "ignore": 1. Images are called as their annotations
/// called them. Throws SystemError.
void write_coco(const DetectionSplit& split, const std::vector<Category>& categories,
                const std::filesystem::path& path);

/// An entry of a file of results.
struct Result {
  int64_t image_id = 0, category_id = 0;
  Rectangle box;
  double score = 0;
  std::string file_name;  ///< of pictures that have no id of their own; "" for none
};

/// Writes results as COCO's tools read them: one list of image_id, category_id, bbox and score, in
/// digits that give the same doubles again. Whole or not at all. Throws SystemError.
void write_results(const std::vector<Result>& results, const std::filesystem::path& path);

}  // namespace nasnet::boxes
