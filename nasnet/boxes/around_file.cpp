#include "nasnet/boxes/around_file.h"

#include <algorithm>
#include <set>

#include "nasnet/base/names.h"
#include "nasnet/data/part_names.h"
#include "nasnet/data/split_names.h"

// Pictures for a file of annotations that was named by itself, without the folder of the set. The
// caller tries below_folder() first and beside_folder() only where no annotated picture is there:
// a parent folder may hold anything.

namespace nasnet::boxes {
namespace {

namespace fs = std::filesystem;

/// By the folder's name alone; nothing is opened.
bool may_hold_pictures(const std::string& folder) {
  static const std::set<std::string> kNames = {"data", "image",      "images", "img",
                                               "imgs", "jpegimages", "photos", "pictures"};
  return kNames.contains(data::lower_case(folder)) ||
         data::split_named(folder) != data::Split::kNone;
}

/// The file's folder from the root on: of a relative path the parent may have no name.
fs::path folder_of(const fs::path& file) {
  return fs::absolute(file).lexically_normal().parent_path();
}

}  // namespace

Surroundings below_folder(const fs::path& file, const std::string& images) {
  return {data::list_images(images.empty() ? folder_of(file).string() : images),
          printable(file.filename().string())};
}

Surroundings beside_folder(const fs::path& file) {
  const fs::path own = folder_of(file);
  Surroundings around;
  around.file = printable((own.filename() / file.filename()).string());
  // set/annotations/a.json: the whole set is one folder up.
  if (data::is_beside_pictures(own.filename().string())) {
    around.tree = data::list_images(own.parent_path().string());
    return around;
  }
  // Sorted, as the order in which a file system lists its entries differs between machines.
  std::set<fs::path> folders;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(own.parent_path(), none))
    if (entry.is_directory(none) && entry.path() != own &&
        may_hold_pictures(entry.path().filename().string()))
      folders.insert(entry.path());
  for (const fs::path& folder : folders) {
    // Paths begin with the folder, so that equal names in train and val stay apart.
    const std::string prefix = printable(folder.filename().string()) + "/";
    for (data::ImageFile& image : data::list_images(folder.string()).images) {
      image.path = prefix + image.path;
      around.tree.images.push_back(std::move(image));
    }
  }
  return around;
}

}  // namespace nasnet::boxes
