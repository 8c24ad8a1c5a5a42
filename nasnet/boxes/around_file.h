#pragma once

#include <filesystem>
#include <string>

#include "nasnet/data/image_tree.h"

namespace nasnet::boxes {

/// Files around a file of annotations that was named by itself, and its own path among them.
struct Surroundings {
  data::ImageTree tree;
  std::string file;
};

/// All below the folder `images`, or where it is "" below the file's own folder.
Surroundings below_folder(const std::filesystem::path& file, const std::string& images);

/// The folders beside the file's own which may hold pictures by their names: images, JPEGImages,
/// and those of splits, such as train2017. All beside it where its own is called annotations,
/// labels or the like.
Surroundings beside_folder(const std::filesystem::path& file);

}  // namespace nasnet::boxes
