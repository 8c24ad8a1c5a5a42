#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"

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

/// Makes a data set of a tree with one folder a class: sorts out splits and classes, decodes and
/// resizes on all cores. Throws InputError as load() does.
DataSet load_tree(ImageTree tree, const std::string& source, const DataOptions& options);

}  // namespace nasnet::data
