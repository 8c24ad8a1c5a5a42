#include "nasnet/boxes/image_sets.h"

#include <fmt/format.h>

#include <filesystem>

#include "nasnet/base/names.h"
#include "nasnet/base/text.h"
#include "nasnet/data/list_text.h"
#include "nasnet/data/split_names.h"

// The lists in ImageSets/Main of a Pascal VOC set: one name of an image a line, without folder and
// ending. All lists are read first; then the builder takes image by image, so that what is left
// over afterwards are names that no annotation has.

namespace nasnet::boxes {

ImageSets::ImageSets(const data::ImageTree& tree) {
  std::map<std::string, const data::ImageFile*> lists;
  for (const data::ImageFile& list : tree.lists) {
    const std::string folded = data::lower_case(list.path);
    const std::string stem = std::filesystem::path(list.path).stem().string();
    if (folded.find("imagesets/main/") != std::string::npos && folded.ends_with(".txt") &&
        data::split_named(stem) != data::Split::kNone)
      lists[stem] = &list;
  }
  // Images of both would otherwise lie in two splits each.
  if (lists.contains("train") && lists.contains("val")) lists.erase("trainval");
  for (const auto& [split, list] : lists)
    for (const std::string& line : lines_of(data::decode_list(list->read()).text)) {
      // A second column, as lists of single classes have it, is passed over.
      const std::string name = line.substr(0, line.find_first_of(" \t"));
      Listed& listed = splits_[data::common_form(name)];
      listed.name = name;
      listed.list = list->path;
      listed.splits.push_back(split);
    }
}

std::vector<std::string> ImageSets::take(const std::string& image) {
  const auto found = splits_.find(data::common_form(image));
  if (found == splits_.end()) return {};
  found->second.taken = true;
  return found->second.splits;
}

std::vector<std::string> ImageSets::unused() const {
  std::vector<std::string> sentences;
  for (const auto& [name, listed] : splits_)
    if (!listed.taken)
      sentences.push_back(
          fmt::format("{}: {} has no annotation", listed.list, printable(listed.name)));
  return sentences;
}

}  // namespace nasnet::boxes
