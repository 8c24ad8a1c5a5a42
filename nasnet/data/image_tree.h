#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

/// A file somewhere: its path within the data set, and how to get at its bytes.
struct ImageFile {
  std::string path;
  std::function<std::string()> read;
};

/// What a folder or an archive holds.
struct ImageTree {
  std::vector<ImageFile> images;
  std::vector<std::string> folders;  ///< empty ones tell of classes without images
  /// Text and tables that may name classes or labels, wherever they lie: classes.txt, *.csv, *.tsv,
  /// *.txt, *.json, *.jsonl, *.parquet. Their read() throws InputError beyond 64 MiB.
  std::vector<ImageFile> lists;
  LeftOutKinds others;                 ///< files of other kinds
  std::vector<Unreadable> unreadable;  ///< folders, links and members that cannot be read
};

/// Counts a file that is not read among its kind.
void leave_out(const std::string& path, LeftOutKinds& others);

ImageTree read_folder(const std::string& folder);
ImageTree read_image_archive(const std::string& file);

/// The names that a path is made of, without empty ones and ".".
using Parts = std::vector<std::string>;
Parts split_path(const std::string& path);

}  // namespace nasnet::data
