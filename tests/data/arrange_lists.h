#pragma once

#include <map>
#include <string>
#include <vector>

#include "nasnet/data/label_list.h"
#include "nasnet/data/list_layout.h"
#include "tests/data/made_file.h"
#include "tests/data/make_files.h"

namespace nasnet::data {

using Fields = std::vector<std::string>;

/// Each image with its place, "train cat", or "-" where it is left out.
using Places = std::map<std::string, std::string>;

struct Set {
  Fields paths;
  Files lists;
  Fields names = {};
};

inline Places arrange(const Set& set, Arrangement* whole = nullptr) {
  std::vector<ImageFile> files;
  for (const std::string& path : set.paths) files.push_back({path, nullptr});
  std::vector<const ImageFile*> images;
  for (const ImageFile& file : files) images.push_back(&file);
  ImageLookup lookup(images);
  std::vector<ImageFile> list_files;
  for (const auto& [path, content] : set.lists)
    list_files.push_back(made_file(path, [text = content] { return text; }));
  for (const ImageFile& file : list_files) read_ids(file, lookup);
  std::vector<LabelList> lists;
  for (const ImageFile& file : list_files)
    if (auto list = read_label_list(file, lookup)) lists.push_back(std::move(*list));
  EXPECT_FALSE(lists.empty()) << "no list was recognised";
  Arrangement arrangement = arrange_by_lists(lists, images, {}, set.names, "set");
  Places places;
  for (const std::string& path : set.paths) places[path] = "-";
  const std::map<Split, std::string> names = {{Split::kNone, ""},
                                              {Split::kTrain, "train "},
                                              {Split::kTest, "test "},
                                              {Split::kValidation, "val "}};
  for (const Placed& image : arrangement.placed)
    places[image.file->path] = names.at(image.split) + image.label;
  if (whole) *whole = std::move(arrangement);
  return places;
}

}  // namespace nasnet::data
