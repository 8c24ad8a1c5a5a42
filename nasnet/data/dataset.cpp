#include "nasnet/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "nasnet/base/archive.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/random.h"
#include "nasnet/data/arrange.h"
#include "nasnet/data/cifar.h"
#include "nasnet/data/content.h"
#include "nasnet/data/idx.h"
#include "nasnet/data/image_tree.h"
#include "nasnet/data/known.h"

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// The file with or without .gz, or "".
std::string maybe_gzipped(const fs::path& folder, const std::string& name) {
  for (const char* end : {"", ".gz"})
    if (fs::exists(folder / (name + end))) return (folder / (name + end)).string();
  return "";
}

bool is_idx_folder(const fs::path& folder) {
  return !maybe_gzipped(folder, "train-images-idx3-ubyte").empty();
}

DataSet load_idx(const fs::path& folder) {
  DataSet data;
  data.classes = idx_classes(folder.string());
  data.name = folder.filename().string();
  data.source = folder.string();
  const auto split = [&](const std::string& prefix) {
    const auto file = [&](const std::string& kind) {
      std::string found = maybe_gzipped(folder, prefix + kind);
      if (found.empty())
        throw InputError(
            fmt::format("{} lacks the file {}{} (or .gz)", folder.string(), prefix, kind));
      return found;
    };
    const std::string images = file("-images-idx3-ubyte"), labels = file("-labels-idx1-ubyte");
    return parse_idx(read_maybe_gzip(images), images, read_maybe_gzip(labels), labels,
                     static_cast<int>(data.classes.size()));
  };
  data.train = split("train");
  data.test = split("t10k");
  if (data.train.height != data.test.height || data.train.width != data.test.width)
    throw InputError(fmt::format("{}: training and test images differ in size", folder.string()));
  data.original_sizes = {{fmt::format("{}x{}", data.train.width, data.train.height),
                          data.train.size() + data.test.size()}};
  return data;
}

std::map<std::string, std::string> cifar_files(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && is_cifar_file(name))
      files[name] = read_file(entry.path(), size_t{1} << 30);
  }
  return files;
}

DataSet load_folder(const fs::path& folder, const DataOptions& options) {
  if (is_idx_folder(folder)) return load_idx(folder);
  for (const char* inside : {".", "cifar-10-batches-bin", "cifar-100-binary"}) {
    if (!fs::is_directory(folder / inside)) continue;
    const auto files = cifar_files(folder / inside);
    if (is_cifar(files)) return read_cifar(files, folder.string());
  }
  return load_tree(read_folder(folder.string()), folder.string(), options);
}

DataSet load_archive(const std::string& file, const DataOptions& options) {
  // CIFAR's own distribution is told by its files' names; the first pass reads only those.
  std::map<std::string, std::string> files;
  read_archive(
      file,
      [](const ArchiveEntry& entry) {
        return !entry.folder && is_cifar_file(fs::path(entry.path).filename().string());
      },
      [&](const ArchiveEntry& entry, std::string content) {
        files[fs::path(entry.path).filename().string()] = std::move(content);
      });
  if (is_cifar(files)) return read_cifar(files, file);
  return load_tree(read_image_archive(file), file, options);
}

void resize_set(ImageSet& images, int edge, const Preparation& preparation) {
  const ImageSize to{edge, edge};
  std::vector<uint8_t> pixels;
  pixels.reserve(static_cast<size_t>(images.size()) * edge * edge * images.channels);
  for (int64_t i = 0; i < images.size(); ++i) {
    const std::vector<uint8_t> resized = resize_bytes(
        images.image(i), {images.height, images.width}, images.channels, to, preparation);
    pixels.insert(pixels.end(), resized.begin(), resized.end());
  }
  images.height = images.width = edge;
  images.pixels = std::move(pixels);
}

}  // namespace

std::string DataSet::digest() const {
  std::string parts;
  for (const std::string& name : classes) parts += name + "\n";
  for (const ImageSet* set : {&train, &test}) {
    const auto bytes = [](const auto& values) {
      return std::string_view(reinterpret_cast<const char*>(values.data()),
                              values.size() * sizeof(values[0]));
    };
    parts += fmt::format("{} {} {} {} {} {}\n", set->height, set->width, set->channels, set->size(),
                         nasnet::digest(bytes(set->pixels), "sha256"),
                         nasnet::digest(bytes(set->labels), "sha256"));
  }
  return nasnet::digest(parts, "sha256");
}

int64_t DataSet::bytes() const {
  size_t bytes = 0;
  for (const ImageSet* set : {&train, &test})
    bytes += set->pixels.size() + set->labels.size() * sizeof(int);
  return static_cast<int64_t>(bytes);
}

void limit_images(ImageSet& images, int64_t count) {
  if (count <= 0 || count >= images.size()) return;
  std::vector<int64_t> order(static_cast<size_t>(images.size()));
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, Random(0, 0, "limit images"));
  order.resize(static_cast<size_t>(count));
  std::sort(order.begin(), order.end());
  ImageSet kept{images.height, images.width, images.channels, {}, {}, {}};
  for (const int64_t i : order) {
    kept.pixels.insert(kept.pixels.end(), images.image(i), images.image(i) + images.image_bytes());
    kept.labels.push_back(images.labels[static_cast<size_t>(i)]);
    kept.contents.push_back(images.contents[static_cast<size_t>(i)]);
  }
  images = std::move(kept);
}

DataSet load(const std::string& where, const DataOptions& options) {
  const bool known = is_known(where) && !fs::exists(where);
  const std::string path = known ? find_known(where) : where;
  if (!fs::exists(path)) {
    std::vector<std::string> names;
    for (const KnownDataSet& set : known_data_sets()) names.push_back(set.name);
    throw InputError(fmt::format("data set {}: no such folder, archive or known name{}", where,
                                 suggestion(where, names)));
  }
  DataSet data = fs::is_directory(path) ? load_folder(path, options) : load_archive(path, options);
  if (known) data.name = data.source = where;
  for (ImageSet* set : {&data.train, &data.test})
    if (set->contents.empty()) fill_contents(*set);
  data.contents = contents_digest(data);
  if (options.image_size > 0 &&
      (data.train.height != options.image_size || data.train.width != options.image_size)) {
    resize_set(data.train, options.image_size, options.preparation);
    resize_set(data.test, options.image_size, options.preparation);
  }
  limit_images(data.train, options.limit_train);
  limit_images(data.test, options.limit_test);
  return data;
}

}  // namespace nasnet::data
