#include "nasnet/data/image_tree.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include "nasnet/base/archive.h"
#include "nasnet/base/file.h"
#include "nasnet/data/image.h"

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLargestImageFile = size_t{1} << 30;
constexpr size_t kLargestList = size_t{64} << 20;

/// Files that systems leave behind: .DS_Store, __MACOSX/..., hidden folders.
bool is_litter(const std::string& path) {
  const Parts parts = split_path(path);
  return std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
    return part.starts_with(".") || part == "__MACOSX";
  });
}

/// ".webp" of "a/b.WebP"; what has no such end is named as it is.
std::string kind_of(const std::string& path) {
  const fs::path name = fs::path(path).filename();
  std::string end = name.has_extension() ? name.extension().string() : name.string();
  std::transform(end.begin(), end.end(), end.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return end;
}

bool has_list_name(const std::string& path) {
  static const std::set<std::string> kEnds = {".txt",  ".csv",   ".tsv",
                                              ".json", ".jsonl", ".parquet"};
  return kEnds.contains(kind_of(path));
}

}  // namespace

ImageTree read_folder(const std::string& folder) {
  ImageTree tree;
  const auto options = fs::directory_options::skip_permission_denied;
  for (auto it = fs::recursive_directory_iterator(folder, options);
       it != fs::recursive_directory_iterator(); ++it) {
    const std::string path = fs::path(it->path()).lexically_relative(folder).generic_string();
    if (is_litter(path)) {
      if (it->is_directory()) it.disable_recursion_pending();
      continue;
    }
    std::error_code ignored;
    if (it->is_directory(ignored)) {
      tree.folders.push_back(path);
    } else if (has_list_name(path)) {
      tree.lists.push_back({path, [full = it->path()] { return read_file(full, kLargestList); }});
    } else if (has_image_name(path)) {
      tree.images.push_back(
          {path, [full = it->path()] { return read_file(full, kLargestImageFile); }});
    } else {
      leave_out(path, tree.others);
    }
  }
  return tree;
}

ImageTree read_image_archive(const std::string& file) {
  ImageTree tree;
  read_archive(
      file,
      [&](const ArchiveEntry& entry) {
        if (is_litter(entry.path)) return false;
        if (entry.folder || has_list_name(entry.path) || has_image_name(entry.path)) return true;
        leave_out(entry.path, tree.others);
        return false;
      },
      [&](const ArchiveEntry& entry, std::string content) {
        if (entry.folder) {
          tree.folders.push_back(entry.path);
          return;
        }
        // Shared: std::function copies what it holds.
        auto bytes = std::make_shared<std::string>(std::move(content));
        auto& files = has_image_name(entry.path) ? tree.images : tree.lists;
        files.push_back({entry.path, [bytes] { return *bytes; }});
      });
  return tree;
}

void leave_out(const std::string& path, LeftOutKinds& others) {
  LeftOut& kind = others[kind_of(path)];
  if (kind.count++ == 0) kind.first = path;
}

Parts split_path(const std::string& path) {
  Parts parts;
  std::string part;
  for (const char c : path + "/") {
    if (c != '/') {
      part += c;
    } else {
      if (!part.empty() && part != ".") parts.push_back(part);
      part.clear();
    }
  }
  return parts;
}

}  // namespace nasnet::data
