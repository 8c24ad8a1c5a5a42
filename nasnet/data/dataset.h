#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nasnet/data/image_set.h"
#include "nasnet/data/preparation.h"

namespace nasnet::data {

/// Files of one kind that are not read.
struct LeftOut {
  int64_t count = 0;
  std::string first;  ///< one of them
};
/// By kind: the end of the name (".pdf"), or a word ("named pipe").
using LeftOutKinds = std::map<std::string, LeftOut>;
/// "2 .pdf (cat/a.pdf), 1 named pipe (dog/x.jpg)": the four largest kinds, and how many more.
std::string describe_left_out(const LeftOutKinds& kinds);

/// Images that are in no split, and why: "of extra/, beside train/: left out".
struct LeftOutImages {
  int64_t images = 0;
  std::string why;
};

struct DataSet {
  std::string name;    ///< "fashion-mnist", or the folder's or archive's name
  std::string source;  ///< the path that it was read from
  std::vector<std::string> classes;
  ImageSet train, test;
  bool own_test_split = true;          ///< false: test was held out of train here (see DataOptions)
  std::string contents;                ///< see contents_digest(); of all images, before limits
  std::vector<Unreadable> unreadable;  ///< only with skip_unreadable
  std::vector<LeftOutImages> left_out;
  /// Sentences on how the source was understood, and on pictures that occur more than once.
  std::vector<std::string> notes;
  /// Images by original size ("640x480" -> count), before resizing; for `nasnet data`.
  std::vector<std::pair<std::string, int64_t>> original_sizes;
  LeftOutKinds ignored;  ///< files that are neither pictures nor lists that were used
  /// SHA-256 of the pixels and labels of both splits, or of the paths, sizes and labels of stored
  /// images: the data set's identity.
  std::string digest() const;
  /// That its pixels and labels take in memory.
  int64_t bytes() const;
};

struct DataOptions {
  /// Edge of the square that images are resized to; 0 keeps the size where all images share one of
  /// at most 96 pixels, and takes 32 where they do not.
  int image_size = 0;
  /// How images become those of one size (see resize()).
  Preparation preparation;
  /// Skip files that cannot be read (they are listed and counted) instead of ending with an error.
  bool skip_unreadable = false;
  /// Share of each class held out as the test split where the source has none of its own; the
  /// pictures themselves decide which (see hold_out()).
  double test_share = 0.1;
  /// The classes of the model that is measured on the set, in its order: the images may be of some
  /// of them only. Empty: the set's own classes, of which each must have training images.
  std::vector<std::string> classes;
  /// At most so many training and test images (0: all), the first of a fixed shuffle.
  int64_t limit_train = 0, limit_test = 0;
  /// Bytes of decoded images that may be held in memory. Of a larger set each picture is decoded
  /// whenever it is wanted (StoredImages), to the same pixels; pictures are then told apart by path
  /// and size of their files, not by what they show.
  int64_t hold = kHold;
  static constexpr int64_t kHold = 2'000'000'000;
};

/// Reads a data set into memory. `where` is a known name (fashion-mnist, mnist, cifar-10,
/// cifar-100: looked for where Debian's packages and `nasnet data --download` put them), a folder
/// (IDX files, CIFAR binaries, or one sub-folder a class, with or without train/ and test/ or val/
/// above), an archive of such a folder (tar, tar.gz, tar.zst, zip), a TFRecord file, or shards by a
/// path with braces (train-{000..146}.tar). Shows progress; stops on interruption. Throws
/// InputError that names the file at fault.
DataSet load(const std::string& where, const DataOptions& options = {});

/// Names that load() knows, and where each would be looked for; for `nasnet data` without a path.
struct KnownDataSet {
  std::string name, description;
  std::string found;  ///< path, or "" where it is not on this machine
};
std::vector<KnownDataSet> known_data_sets();

/// Downloads cifar-10 or cifar-100 (official binary form) from the official site into the user's
/// data folder ($NASNET_DATA, else $XDG_DATA_HOME/nasnet, else ~/.local/share/nasnet); an
/// interrupted download is resumed; the published MD5 is checked. `base_url` replaces the
/// official site (a mirror; tests). Returns the file's path.
std::filesystem::path download(const std::string& name, const std::string& base_url = "");

}  // namespace nasnet::data
