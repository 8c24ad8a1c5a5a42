#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace nasnet::data {

/// A picture somewhere: its path within the data set, and how to get at its bytes.
struct ImageFile {
  std::string path;
  std::function<std::string()> read;
};

/// What a folder or an archive holds.
struct ImageTree {
  std::vector<ImageFile> images;
  std::vector<std::string> folders;       ///< empty ones tell of classes without images
  std::string class_list;                 ///< content of classes.txt, "" where there is none
  std::map<std::string, int64_t> others;  ///< files of other kinds: ".webp" -> count
};

ImageTree read_folder(const std::string& folder);
ImageTree read_image_archive(const std::string& file);

/// The names that a path is made of, without empty ones and ".".
using Parts = std::vector<std::string>;
Parts split_path(const std::string& path);

}  // namespace nasnet::data
