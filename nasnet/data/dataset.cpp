#include "nasnet/data/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "nasnet/base/archive.h"
#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/data/arrange.h"
#include "nasnet/data/cifar.h"
#include "nasnet/data/content.h"
#include "nasnet/data/idx.h"
#include "nasnet/data/image_tree.h"
#include "nasnet/data/known.h"
#include "nasnet/data/litter.h"
#include "nasnet/data/parquet_advice.h"
#include "nasnet/data/placed.h"
#include "nasnet/data/read_source.h"
#include "nasnet/data/split_names.h"
#include "nasnet/data/stored_images.h"

// The way from a name to a data set in memory: the source's form is found (IDX, CIFAR's binaries,
// else pictures in folders or an archive), read, resized, limited and checked. The special forms
// are tried first, by their files' names, since their files do not end like pictures.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// train-images-idx3-ubyte or train-images.idx3-ubyte, with or without .gz, or "".
std::string find_idx(const fs::path& folder, const std::string& part, const std::string& kind) {
  std::error_code unreadable;  // then the listing of images says so
  for (const char* joint : {"-", "."})
    for (const char* end : {"", ".gz"}) {
      const fs::path file = folder / (part + joint + kind + end);
      if (fs::is_regular_file(file, unreadable)) return file.string();
    }
  return "";
}

bool is_idx_folder(const fs::path& folder) {
  return !find_idx(folder, "train-images", "idx3-ubyte").empty();
}

/// Both splits of a folder of IDX files. Throws InputError where one of the four is missing.
DataSet load_idx(const fs::path& folder) {
  DataSet data;
  data.classes = idx_classes(folder.string());
  data.name = folder.filename().string();
  data.source = folder.string();
  std::set<std::string> used;
  const auto split = [&](const std::string& prefix) {
    const auto file = [&](const std::string& part, const std::string& kind) {
      std::string found = find_idx(folder, prefix + part, kind);
      if (found.empty())
        throw InputError(
            fmt::format("{} lacks the file {}{}-{} (or .gz)", folder.string(), prefix, part, kind));
      used.insert(fs::path(found).filename().string());
      return found;
    };
    const std::string images = file("-images", "idx3-ubyte"),
                      labels = file("-labels", "idx1-ubyte");
    return parse_idx(read_maybe_gzip(images), images, read_maybe_gzip(labels), labels,
                     static_cast<int>(data.classes.size()));
  };
  data.train = split("train");
  data.test = split("t10k");
  // A network takes one size only.
  if (data.train.height != data.test.height || data.train.width != data.test.width)
    throw InputError(fmt::format("{}: training and test images differ in size", folder.string()));
  data.original_sizes = {{fmt::format("{}x{}", data.train.width, data.train.height),
                          data.train.size() + data.test.size()}};
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!used.contains(name) && !is_litter(name)) leave_out(printable(name), data.ignored);
  }
  return data;
}

/// The contents of CIFAR's files in the folder, by base name; at most 1 GiB each.
std::map<std::string, std::string> cifar_files(const fs::path& folder) {
  std::map<std::string, std::string> files;
  std::error_code unreadable;  // then the listing of images says so
  for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
    const std::string name = entry.path().filename().string();
    if (is_cifar_file(name) && entry.is_regular_file(unreadable))
      files[name] = read_file(entry.path(), size_t{1} << 30);
  }
  return files;
}

using OfTree = std::function<DataSet(ImageTree, const std::string&)>;

DataSet read_folder(const fs::path& folder, const OfTree& of_tree) {
  if (is_idx_folder(folder)) return load_idx(folder);
  // Also in the folder that the official archive unpacks to.
  for (const char* inside : {".", "cifar-10-batches-bin", "cifar-100-binary"}) {
    std::error_code none;
    if (!fs::is_directory(folder / inside, none)) continue;
    const auto files = cifar_files(folder / inside);
    if (is_cifar(files)) return read_cifar(files, folder.string());
  }
  return of_tree(list_images(folder.string()), folder.string());
}

bool is_cifar_member(const std::string& path) {
  return is_cifar_file(fs::path(path).filename().string());
}

DataSet read_one_file(const std::string& file, const OfTree& of_tree) {
  if (names_shards(file)) return of_tree(list_images(file), file);
  if (lower_case(file).ends_with(".parquet"))
    throw InputError(
        fmt::format("{} is a parquet file, which is not read; this makes a folder 'images' of it: "
                    "{}",
                    printable(file), parquet_advice(file)));
  // The list is made once: reading it may take as long as unpacking.
  MemberList list = list_members(file);
  // CIFAR's own distribution is told by its files' names.
  if (std::any_of(list.members.begin(), list.members.end(),
                  [](const Member& member) { return is_cifar_member(member.path); })) {
    std::map<std::string, std::string> files;
    read_archive(
        file,
        [](const ArchiveEntry& entry) { return !entry.folder && is_cifar_member(entry.path); },
        [&](const ArchiveEntry& entry, std::string content) {
          files[fs::path(entry.path).filename().string()] = std::move(content);
        });
    if (is_cifar(files)) return read_cifar(files, file);
  }
  return of_tree(list_archive_images(file, std::move(list)), file);
}

/// The path as it is given, or as printable() wrote it; "" where nothing is there and it names no
/// shards.
std::string find_path(const std::string& where) {
  for (const std::string& path : {where, from_printable(where)}) {
    std::error_code error;
    if (fs::exists(path, error) || names_shards(path)) return path;
    if (error && error != std::errc::no_such_file_or_directory &&
        error != std::errc::not_a_directory)
      throw SystemError(fmt::format("{} cannot be read ({})", printable(where), error.message()));
  }
  return "";
}

/// Makes all images squares of this edge, in pixels.
void resize_set(ImageSet& images, int edge, const Preparation& preparation) {
  const ImageSize to{edge, edge};
  std::vector<uint8_t> pixels;
  pixels.reserve(images.size() * edge * edge * images.channels);
  for (int64_t i = 0; i < images.size(); ++i) {
    const std::vector<uint8_t> resized = resize_bytes(
        images.image(i), {images.height, images.width}, images.channels, to, preparation);
    pixels.insert(pixels.end(), resized.begin(), resized.end());
  }
  images.height = images.width = edge;
  images.pixels = std::move(pixels);
}

/// Says which pictures occur more than once.
void note_duplicates(DataSet& data) {
  const Duplicates duplicates = count_duplicates(data);
  const auto note = [&](int64_t images, const char* one, const char* several) {
    if (images > 0)
      data.notes.push_back(fmt::format("{} {}", count_images(images), images == 1 ? one : several));
  };
  note(duplicates.across,
       "of the test split equals a training image: it is not measured on unless --count-trained",
       "of the test split equal training images: they are not measured on unless --count-trained");
  note(duplicates.within, "of the training split is a copy of another",
       "of the training split are copies of others");
  note(duplicates.contradict, "equals one of another class", "equal one of another class");
}

}  // namespace

std::string describe_left_out(const LeftOutKinds& kinds) {
  constexpr size_t kMost = 4;
  std::vector<std::pair<std::string, LeftOut>> sorted(kinds.begin(), kinds.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  std::vector<std::string> parts;
  int64_t rest = 0;
  for (const auto& [kind, files] : sorted) {
    if (parts.size() < kMost) {
      parts.push_back(fmt::format("{} {} ({})", files.count, kind, files.first));
    } else {
      rest += files.count;
    }
  }
  return fmt::format("{}{}", fmt::join(parts, ", "),
                     rest > 0 ? fmt::format(" and {} of other kinds", rest) : "");
}

std::string DataSet::digest() const {
  // Each part by its own digest: the pixels are hashed where they lie, not copied together.
  std::string parts;
  for (const std::string& name : classes) parts += name + "\n";
  for (const ImageSet* set : {&train, &test}) {
    const auto bytes = [](const auto& values) {
      return std::string_view(reinterpret_cast<const char*>(values.data()),
                              values.size() * sizeof(values[0]));
    };
    parts += fmt::format("{} {} {} {} {} {}\n", set->height, set->width, set->channels, set->size(),
                         set->stored ? nasnet::digest(bytes(set->contents), "sha256") + " stored"
                                     : nasnet::digest(bytes(set->pixels), "sha256"),
                         nasnet::digest(bytes(set->labels), "sha256"));
  }
  return nasnet::digest(parts, "sha256");
}

int64_t DataSet::bytes() const {
  size_t bytes = 0;
  for (const ImageSet* set : {&train, &test})
    bytes += set->pixels.size() + set->labels.size() * sizeof(int) +
             (set->stored ? set->stored->bytes() : 0);
  return static_cast<int64_t>(bytes);
}

DataSet read_source(const std::string& where, const OfTree& of_tree) {
  // A folder that is called "mnist" goes before the data set of that name.
  const bool known = is_known(where) && find_path(where).empty();
  const std::string path = known ? find_known(where) : find_path(where);
  if (path.empty()) {
    std::vector<std::string> names;
    for (const KnownDataSet& set : known_data_sets()) names.push_back(set.name);
    throw InputError(fmt::format("data set {}: no such folder, archive or known name{}",
                                 printable(where), suggestion(where, names)));
  }
  if (!fs::is_directory(path) && !fs::is_regular_file(path) && !names_shards(path))
    throw InputError(fmt::format(
        "data set {}: neither a folder nor a regular file, as archives are", printable(where)));
  DataSet data = fs::is_directory(path) ? read_folder(path, of_tree) : read_one_file(path, of_tree);
  if (known) data.name = data.source = where;
  data.name = printable(data.name);
  data.source = printable(data.source);
  return data;
}

DataSet load(const std::string& where, const DataOptions& options) {
  DataSet data = read_source(where, [&](ImageTree tree, const std::string& source) {
    return load_tree(std::move(tree), source, options);
  });
  for (ImageSet* set : {&data.train, &data.test})
    // Before any resizing: a picture's identity must not depend on --image-size. Folders and
    // archives have theirs from decoding.
    if (set->contents.empty()) fill_contents(*set);
  data.contents = contents_digest(data);
  if (options.image_size > 0 &&
      (data.train.height != options.image_size || data.train.width != options.image_size)) {
    resize_set(data.train, options.image_size, options.preparation);
    resize_set(data.test, options.image_size, options.preparation);
  }
  for (const ImageSet* set : {&data.train, &data.test}) {
    NASNET_CHECK((set->stored || set->pixels.size() == set->labels.size() * set->image_bytes()) &&
                     set->contents.size() == set->labels.size(),
                 "each image has a label and a content");
    NASNET_CHECK(std::all_of(set->labels.begin(), set->labels.end(),
                             [&](int label) {
                               return label >= 0 && label < static_cast<int>(data.classes.size());
                             }),
                 "labels are of the set's classes");
  }
  limit_images(data.train, options.limit_train);
  limit_images(data.test, options.limit_test);
  // Of what is left after the limits, since only that is used.
  note_duplicates(data);
  return data;
}

}  // namespace nasnet::data
