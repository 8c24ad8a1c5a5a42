#pragma once

#include <string>
#include <vector>

#include "nasnet/data/arrange_tree.h"

namespace nasnet::data {

/// A picture of a source in its place: "train cat a/1.png: bytes".
inline std::vector<std::string> one_list(const std::string& where) {
  const ArrangedTree arranged = arrange_tree(list_images(where), where, {});
  std::vector<std::string> list;
  for (const auto* placed : {&arranged.arrangement.placed, &arranged.arrangement.set_aside})
    for (const Placed& image : *placed)
      list.push_back((image.split == Split::kTest         ? "test "
                      : image.split == Split::kValidation ? "val "
                                                          : "train ") +
                     image.label + " " + image.file->path + ": " + image.file->read());
  list.emplace_back();
  for (const std::string& name : arranged.classes) list.back() += name + " ";
  return list;
}

}  // namespace nasnet::data
