#pragma once

#include <string>
#include <vector>

#include "nasnet/base/archive_members.h"
#include "nasnet/data/dataset.h"
#include "nasnet/data/file_store.h"
#include "nasnet/data/split_path.h"
#include "nasnet/data/tags.h"

namespace nasnet::data {

/// The contents of a folder or an archive.
struct ImageTree {
  std::vector<ImageFile> images;
  std::vector<std::string> folders;  ///< empty ones tell of classes without images
  /// Text and tables that may name classes or labels, wherever they lie: classes.txt, *.csv, *.tsv,
  /// *.txt, *.json, *.jsonl, *.parquet. Their read() throws InputError beyond 64 MiB, and for every
  /// parquet file.
  std::vector<ImageFile> lists;
  LeftOutKinds others;                 ///< files of other kinds
  std::vector<ImageFile> annotations;  ///< those of them that may tell boxes: *.xml, *.yaml, *.yml
  std::vector<Unreadable> unreadable;  ///< folders, links and members that cannot be read
  Tags tags;                           ///< of images whose classes are kept beside them, in shards
};

/// Lists a folder, an archive, a TFRecord file, or the shards that a path with braces stands for
/// (see expand_braces()); the one way in which any verb finds pictures. Paths are printable(), in a
/// fixed order. Links are followed, but not in circles, and within a folder each file or folder is
/// listed once. Litter is ignored; other files that are not read are counted in `others`. Tars are
/// folders where they lie alone in a folder, or in a tar, and so are zips of a folder without tars;
/// those that are shards give each picture a tag (see Shards). Pictures of a packed tar, 7z or rar
/// are unpacked into a temporary file, others stay where they are. Throws InputError where `where`
/// is a file but neither, or a shard that it names is missing, SystemError where it cannot be read.
ImageTree list_images(const std::string& where);
/// The same, of an archive whose members have been listed.
ImageTree list_archive_images(const std::string& file, MemberList members);

/// True for a TFRecord file, and for a path with braces that is not itself there.
bool names_shards(const std::string& where);

/// Brings folders' names, which become those of classes, into Unicode's composed form, so that a
/// folder from macOS is called as on other systems. Of two names in one folder that differ in this
/// alone the one that is not composed has its bytes printed: they stay two.
void compose_folders(ImageTree& tree);

/// Counts a file that is not read among its kind.
void leave_out(const std::string& path, LeftOutKinds& others);
void leave_out(const std::string& path, const std::string& kind, LeftOutKinds& others);

}  // namespace nasnet::data
