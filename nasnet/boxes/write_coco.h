#pragma once

#include <filesystem>

#include "nasnet/boxes/detection_set.h"

namespace nasnet::boxes {

/// Writes a split's annotations as a file of COCO's form, whole or not at all: ids and boxes as
/// they were read, difficult objects with "ignore": 1. Images are called as their annotations
/// called them. Throws SystemError.
void write_coco(const DetectionSplit& split, const std::vector<Category>& categories,
                const std::filesystem::path& path);

}  // namespace nasnet::boxes
