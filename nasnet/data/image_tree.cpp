#include "nasnet/data/image_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/names.h"
#include "nasnet/data/archive_tree.h"
#include "nasnet/data/brace_names.h"
#include "nasnet/data/class_list.h"
#include "nasnet/data/disk_tree.h"
#include "nasnet/data/image.h"
#include "nasnet/data/litter.h"
#include "nasnet/data/shards.h"
#include "nasnet/data/tag_list.h"
#include "nasnet/data/tfrecord.h"

// The one listing of folders and archives. Each name goes through the same questions: litter,
// hidden, met before, a kind that is read. Nothing is decoded here, and archives are unpacked at
// the end, once it is known what is wanted of them.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// Bytes that a text or table may have at most.
constexpr uint32_t kLargestList = uint32_t{64} << 20;

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

bool has_annotation_name(const std::string& path) {
  const std::string kind = kind_of(path);
  return kind == ".xml" || kind == ".yaml" || kind == ".yml";
}

/// A name that is clearly not a picture's, a list's or a folder's.
bool has_other_name(const std::string& name) {
  return fs::path(name).has_extension() && !has_image_name(name) && !has_list_name(name);
}

void list_archive(const std::string& file, MemberList members, const std::string& path,
                  ImageTree& tree, Shards& shards);

/// Goes through a tree of files, depth first, and sorts out what it meets.
class Lister {
 public:
  /// Adds to `tree`, below `path`.
  Lister(FileTree& files, ImageTree& tree, Shards& shards)
      : files_(files), tree_(tree), shards_(shards) {}

  void list(const std::string& path) {
    const Node root = files_.root();
    above_.push_back(root.identity);
    list_folder(root, path, nullptr);
  }

 private:
  /// `followed`: the folders that the outermost link on the way here has led to so far, or nullptr
  /// where there was none.
  void list_folder(const Node& folder, const std::string& path, std::set<FileId>* followed) {
    check_interrupt("stopped while looking for images");
    // Of an archive's millions none is kept.
    std::vector<Node> nodes;
    if (files_.is_disk()) files_.visit(folder, [&](const Node& node) { nodes.push_back(node); });
    const std::string_view archives = archives_alone(nodes);
    const auto visit = [&](const auto& take) {
      if (!files_.is_disk()) return files_.visit(folder, take);
      for (const Node& node : nodes) take(node);
    };
    // A second name of what has been met is left out: links come last.
    std::optional<std::set<FileId>> met;
    const auto is_met = [&](const Node& link) {
      if (!met) {
        met.emplace();
        visit([&](const Node& node) {
          if (!node.linked && !is_litter(node.name)) met->insert(node.identity);
        });
      }
      return link.identity != FileId{} && !met->insert(link.identity).second;
    };
    visit([&](const Node& node) {
      if (is_litter(node.name)) return;
      const std::string at = path.empty() ? node.name : path + "/" + node.name;
      if (is_hidden(node.name)) {
        leave_out(at, "hidden", tree_.others);
      } else if (node.linked && is_met(node)) {
        leave_out(at, "second link", tree_.others);
      } else if (!archives.empty() && is_called(node, archives)) {
        enter_archive(node, at.substr(0, at.size() - archives.size()));
      } else {
        take(node, at, followed);
      }
    });
  }

  static bool is_called(const Node& node, std::string_view end) {
    return node.kind == NodeKind::kFile && node.name.size() > end.size() &&
           kind_of(node.name) == end;
  }

  /// How archives end that are folders here: tars, or where there are none, zips. Beside pictures
  /// or folders, and tars beside zips, they may hold the same ones again. Within an archive
  /// list_members() has seen to it.
  static std::string_view archives_alone(const std::vector<Node>& nodes) {
    if (std::any_of(nodes.begin(), nodes.end(), [](const Node& node) {
          return !is_litter(node.name) && !is_hidden(node.name) &&
                 (node.kind == NodeKind::kFolder || has_image_name(node.name));
        }))
      return "";
    for (const std::string_view end : {".tar", ".zip"})
      if (std::any_of(nodes.begin(), nodes.end(),
                      [&](const Node& node) { return is_called(node, end); }))
        return end;
    return "";
  }

  void enter_archive(const Node& archive, const std::string& path) {
    try {
      list_archive(archive.location, list_members(archive.location), path, tree_, shards_);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      tree_.unreadable.push_back({path, error.what()});
    }
  }

  void take(const Node& node, const std::string& path, std::set<FileId>* followed) {
    switch (node.kind) {
      case NodeKind::kFile:
        return take_file(node, path);
      case NodeKind::kFolder:
        return enter(node, path, followed);
      case NodeKind::kOdd:
        return leave_out(path, node.why, tree_.others);
      case NodeKind::kFault:
        // A broken link to a file of another kind costs nothing; one that may be a picture, a list
        // or a folder is a fault.
        if (has_other_name(node.name)) return leave_out(path, tree_.others);
        tree_.unreadable.push_back({path, path + " " + node.why});
    }
  }

  /// Files are sorted by how their names end; pictures' contents are looked at when decoded.
  void take_file(const Node& file, const std::string& path) {
    if (has_image_name(path)) {
      tree_.images.push_back(open(file, path, kLargestImageFile));
    } else if (files_.is_disk() && has_tfrecord_name(path)) {
      shards_.add_records(file.location, path, tree_);
    } else if (kind_of(path) == ".parquet") {
      tree_.lists.push_back(open(file, path, 0));
    } else if (has_list_name(path)) {
      tree_.lists.push_back(open(file, path, kLargestList));
    } else {
      if (has_annotation_name(path)) tree_.annotations.push_back(open(file, path, kLargestList));
      leave_out(path, tree_.others);
    }
  }

  ImageFile open(const Node& file, const std::string& path, uint32_t largest) {
    const StoredFile stored = files_.open(file, largest);
    return {path, stored.store, stored.key, largest};
  }

  void enter(const Node& folder, const std::string& path, std::set<FileId>* followed) {
    if (std::find(above_.begin(), above_.end(), folder.identity) != above_.end())
      return leave_out(path, "link in a circle", tree_.others);
    // Links that lead to folders of links could lead on for ever in new ways.
    std::set<FileId> first;
    if (folder.linked && !followed) followed = &first;
    if (followed && !followed->insert(folder.identity).second)
      return leave_out(path, "second link", tree_.others);
    tree_.folders.push_back(path);
    above_.push_back(folder.identity);
    try {
      list_folder(folder, path, followed);
    } catch (const SystemError& error) {
      tree_.folders.pop_back();  // it was not found to be empty
      tree_.unreadable.push_back({path, path + " " + error.what()});
    }
    above_.pop_back();
  }

  FileTree& files_;
  ImageTree& tree_;
  Shards& shards_;
  std::vector<FileId> above_;  ///< identities of the folders that this one lies in
};

void list_archive(const std::string& file, MemberList members, const std::string& path,
                  ImageTree& tree, Shards& shards) {
  const std::string name = path.empty() ? printable(fs::path(file).stem().string()) : path;
  if (shards.add(file, members, name, tree)) return;
  if (!path.empty()) tree.folders.push_back(path);
  const std::string prefix = path.empty() ? "" : path + "/";
  // Of the one archive of a source: growing needs half as much memory again.
  if (tree.images.empty()) tree.images.reserve(members.members.size());
  ArchiveTree archive(file, std::move(members));
  Lister(archive, tree, shards).list(path);
  archive.unpack();
  for (const std::string& member : archive.replaced())
    leave_out(prefix + member, "replaced by a later member", tree.others);
  for (const std::string& member : archive.hidden_by_folders())
    tree.unreadable.push_back(
        {prefix + member, prefix + member + " is both a file and a folder of the archive"});
  if (!archive.fault().empty()) tree.unreadable.push_back({printable(file), archive.fault()});
}

/// The names of classes that lie in a folder beside shards that are named one by one.
void list_class_names(const std::string& folder, ImageTree& tree) {
  DiskTree files(folder.empty() ? "." : folder);
  files.visit(files.root(), [&](const Node& node) {
    if (node.kind != NodeKind::kFile || !(is_class_list(node.name) || is_shard_info(node.name)))
      return;
    const StoredFile stored = files.open(node, kLargestList);
    tree.lists.push_back({node.name, stored.store, stored.key, kLargestList});
  });
}

/// Shards that are named one by one, with paths below the folder of `where`, which names them.
ImageTree list_named(const std::string& where, const std::vector<std::string>& files) {
  for (const std::string& file : files)
    if (!fs::is_regular_file(file))
      throw InputError(fmt::format("{}: {} is missing", printable(where), printable(file)));
  const std::string folder = where.substr(0, where.substr(0, where.find('{')).rfind('/') + 1);
  ImageTree tree;
  Shards shards;
  list_class_names(folder, tree);
  for (const std::string& file : files) {
    const std::string path = printable(file.substr(folder.size()));
    if (is_tfrecord(file)) {
      shards.add_records(file, path, tree);
    } else {
      list_archive(file, list_members(file), fs::path(path).replace_extension().string(), tree,
                   shards);
    }
  }
  shards.finish(tree);
  return tree;
}

ImageTree list_disk(const std::string& folder) {
  ImageTree tree;
  Shards shards;
  try {
    DiskTree files(folder);
    Lister(files, tree, shards).list("");
  } catch (const SystemError& error) {
    throw SystemError(fmt::format("{} {}", printable(folder), error.what()));
  }
  shards.finish(tree);
  return tree;
}

}  // namespace

ImageTree list_archive_images(const std::string& file, MemberList members) {
  ImageTree tree;
  Shards shards;
  list_archive(file, std::move(members), "", tree, shards);
  shards.finish(tree);
  return tree;
}

ImageTree list_images(const std::string& where) {
  if (fs::is_directory(where)) return list_disk(where);
  if (names_shards(where))
    return list_named(where, fs::exists(where) ? std::vector{where} : expand_braces(where));
  return list_archive_images(where, list_members(where));
}

bool names_shards(const std::string& where) {
  std::error_code none;
  return fs::exists(where, none) ? fs::is_regular_file(where, none) && is_tfrecord(where)
                                 : has_braces(where);
}

void leave_out(const std::string& path, const std::string& kind, LeftOutKinds& others) {
  LeftOut& files = others[kind];
  if (files.count++ == 0) files.first = path;
}

void leave_out(const std::string& path, LeftOutKinds& others) {
  leave_out(path, kind_of(path), others);
}

}  // namespace nasnet::data
