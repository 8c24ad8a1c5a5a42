#pragma once

#include <map>
#include <string>

#include "nasnet/base/error.h"
#include "nasnet/data/image_tree.h"
#include "tests/data/make_files.h"

namespace nasnet::data {

/// Pictures by path with what reading each gives, which is "! why" where it cannot be read.
inline Files contents(const ImageTree& tree) {
  Files files;
  for (const ImageFile& image : tree.images) {
    std::string& content = files[image.path];
    EXPECT_EQ(content, "") << image.path << " is there twice";
    try {
      content = image.read();
    } catch (const Error& error) {
      content = std::string("! ") + error.what();
    }
  }
  return files;
}

/// Left-out files: kind -> "count: first".
inline Files left_out(const ImageTree& tree) {
  Files kinds;
  for (const auto& [kind, files] : tree.others)
    kinds[kind] = std::to_string(files.count) + ": " + files.first;
  return kinds;
}

/// Sentences on what cannot be read, by path.
inline Files faults(const ImageTree& tree) {
  Files files;
  for (const Unreadable& file : tree.unreadable) files[file.file] = file.why;
  return files;
}

}  // namespace nasnet::data
