#include "nasnet/data/find_images.h"

#include <algorithm>
#include <filesystem>

#include "nasnet/base/archive.h"
#include "nasnet/base/names.h"
#include "nasnet/data/disk_store.h"

// Paths of the command line, in the order in which they stand: a folder or an archive is listed as
// a data set is, and anything else is a picture, whatever its name. A path that is not there is
// kept as unreadable: it does not cost the others.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// "photos/cat/1.png" of "photos/" and "cat/1.png".
std::string below(const std::string& given, const std::string& path) {
  return given + (given.ends_with('/') ? "" : "/") + path;
}

/// Adds what `given` holds. Lists tell classes, which are not asked for here: they are left out.
void add_all(const std::string& given, ImageTree found, ImageTree& all) {
  std::sort(found.images.begin(), found.images.end(),
            [](const ImageFile& a, const ImageFile& b) { return a.path < b.path; });
  for (ImageFile& file : found.images) {
    file.path = below(given, file.path);
    all.images.push_back(std::move(file));
  }
  for (const ImageFile& list : found.lists) leave_out(list.path, found.others);
  for (auto& [kind, files] : found.others) {
    LeftOut& sum = all.others[kind];
    if (sum.count == 0) sum.first = below(given, files.first);
    sum.count += files.count;
  }
  for (const Unreadable& file : found.unreadable) {
    const bool all_of_it = file.file == given;  // an archive that is cut off
    all.unreadable.push_back(
        all_of_it ? file : Unreadable{below(given, file.file), below(given, file.why)});
  }
}

}  // namespace

ImageTree find_images(const std::vector<std::string>& paths) {
  ImageTree all;
  const auto single = std::make_shared<DiskStore>();
  for (const std::string& path : paths) {
    const std::string given = printable(path);
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    const bool holds_several = names_shards(path) || fs::is_directory(status) ||
                               (fs::is_regular_file(status) && looks_like_archive(path));
    if (holds_several) {
      add_all(given, list_images(path), all);
    } else if (!fs::exists(status)) {
      const bool nothing = error == std::errc::no_such_file_or_directory || !error;
      const std::string why = nothing ? "no such file or folder" : error.message();
      all.unreadable.push_back({given, given + ": " + why});
    } else {
      all.images.push_back({given, single, single->add(path)});
    }
  }
  return all;
}

}  // namespace nasnet::data
