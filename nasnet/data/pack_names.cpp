#include "nasnet/data/pack_names.h"

#include <algorithm>
#include <unordered_set>

#include "nasnet/data/image.h"
#include "nasnet/data/split_names.h"
#include "nasnet/data/split_path.h"

// Most paths are keys. For the others a key is made that resembles the path and that no other
// picture has.

namespace nasnet::data {
namespace {

/// "cat/1" of "cat/1.jpg".
std::string stem_of_path(const std::string& path) {
  return path.substr(0, path.rfind('.'));
}

bool is_plain(const std::string& path) {
  const Parts parts = split_path(path);
  const std::string& name = parts.back();
  const bool plain_parts = std::none_of(parts.begin(), parts.end(), [](const std::string& part) {
    return part == ".." || part.starts_with("__") || part.find('\\') != std::string::npos;
  });
  return plain_parts && !name.starts_with('.') && std::count(name.begin(), name.end(), '.') == 1;
}

std::string without_dots(std::string path) {
  for (char& c : path)
    if (c == '.' || c == '\\') c = '_';
  return "odd/" + path;
}

}  // namespace

PackNames::PackNames(const std::vector<const ImageFile*>& files) {
  std::unordered_set<std::string> taken;
  std::vector<const ImageFile*> odd;
  for (const ImageFile* file : files)
    if (!is_plain(file->path) || !taken.insert(stem_of_path(file->path)).second)
      odd.push_back(file);
  for (const ImageFile* file : odd) {
    std::string key = without_dots(stem_of_path(file->path));
    while (!taken.insert(key).second) key += "_";
    keys_[file->path] = key;
  }
}

PackName PackNames::name_of(const std::string& path, bool is_jpeg) const {
  const auto made = keys_.find(path);
  // Names of records may have other endings, or none; the content tells the kind.
  const std::string end = has_image_name(path) ? path.substr(path.rfind('.')) : ".jpg";
  const std::string small = lower_case(end);
  const bool renamed = !has_image_name(path) || (is_jpeg && small != ".jpg" && small != ".jpeg");
  return {made == keys_.end() ? stem_of_path(path) : made->second, renamed ? ".jpg" : end,
          made == keys_.end() && !renamed};
}

}  // namespace nasnet::data
