#include "nasnet/data/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/folder_lock.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/random.h"
#include "nasnet/base/tar_writer.h"
#include "nasnet/data/arrange_tree.h"
#include "nasnet/data/decode_all.h"
#include "nasnet/data/pack_names.h"
#include "nasnet/data/preparation.h"
#include "nasnet/data/shards.h"
#include "nasnet/data/write_jpeg.h"

// Shards say themselves what they hold: a call that goes on behind an interrupted one counts their
// pictures. _info.json is written first, with a digest of all that the shards depend on, so that
// shards of two sources never mix, and again at the end, with what other readers want to know.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// The pictures of one split, in the order in which they are packed.
struct PackedSplit {
  std::string name;
  std::vector<const Placed*> images;
  std::vector<std::string> shards;
  std::vector<int64_t> lengths;
};

class Packer {
 public:
  Packer(const ArrangedTree& source, const PackSettings& settings)
      : source_(source), settings_(settings), info_(fs::path(settings.out) / "_info.json") {
    for (size_t k = 0; k < source.classes.size(); ++k)
      numbers_[source.classes[k]] = static_cast<int64_t>(k);
    for (const char* name : {"train", "validation", "test"}) splits_.push_back({name, {}, {}, {}});
    for (const auto* placed : {&source.arrangement.placed, &source.arrangement.set_aside})
      for (const Placed& image : *placed) add(image);
    // Sequential readers meet all classes in each shard; with a fixed seed, so that packing again
    // gives the same files.
    for (PackedSplit& split : splits_) shuffle(split.images, Random(0, 0, "pack"));
    std::vector<const ImageFile*> files;
    for (const ImageFile& file : source.tree.images) files.push_back(&file);
    names_ = PackNames(files);
  }

  Packed pack() {
    begin();
    Progress progress("packing", total_, "images");
    for (PackedSplit& split : splits_)
      for (size_t first = 0; first < split.images.size();) {
        const fs::path file =
            fs::path(settings_.out) /
            fmt::format("{}-{:06}.tar", split.name, static_cast<int>(split.shards.size()));
        const bool is_there = fs::exists(file);
        first = is_there ? skip(file, split, first) : write(file, split, first, progress);
        if (!fs::exists(file)) continue;  // the last pictures could not be read
        split.shards.push_back(file.filename().string());
        result_.images += split.lengths.back();
        ++result_.shards;
        result_.shards_before += is_there;
        result_.bytes += static_cast<int64_t>(fs::file_size(file));
      }
    progress.finish();
    write_info(true);
    return std::move(result_);
  }

 private:
  void add(const Placed& image) {
    // Of a validation split that is not used there may be classes of its own.
    if (!numbers_.contains(image.label)) {
      result_.left_out.push_back({1, fmt::format("of class '{}', of which there are no training "
                                                 "images: not packed",
                                                 image.label)});
      return;
    }
    splits_[image.split == Split::kValidation ? 1
            : image.split == Split::kTest     ? 2
                                              : 0]
        .images.push_back(&image);
    ++total_;
  }

  /// Of all that the shards depend on.
  std::string digest_of_source() const {
    std::string text = fmt::format("{} {} {}\n", settings_.shard_bytes, settings_.max_side,
                                   settings_.max_side > 0 ? settings_.quality : 0);
    for (const std::string& name : source_.classes) text += name + "\n";
    for (const PackedSplit& split : splits_)
      for (const Placed* image : split.images)
        text += split.name + "/" + image->label + "/" + image->file->path + "\n";
    return digest(text, "sha256");
  }

  /// Half shards of a call that was killed.
  void remove_leftovers() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(settings_.out))
      if (entry.path().filename().string().find(".tar.part-") != std::string::npos)
        files.push_back(entry.path());
    for (const fs::path& file : files) fs::remove(file);
  }

  void begin() {
    const fs::path out = settings_.out;
    const std::string shown = printable(settings_.out);
    std::error_code none;
    if (fs::exists(info_, none)) {
      const auto info = ordered_json::parse(read_file(info_), nullptr, false);
      if (!info.is_object() || info.value("pack_digest", "") != digest_of_source())
        throw InputError(fmt::format(
            "{} holds shards of other images, or packed with other settings; remove it, or name "
            "another folder with --out",
            shown));
      remove_leftovers();
      return;
    }
    if (fs::exists(out, none) && (!fs::is_directory(out, none) || !fs::is_empty(out, none)))
      throw InputError(
          fmt::format("{} is there and holds no shards; name a new folder with --out", shown));
    fs::create_directories(out);
    write_info(false);
  }

  /// Passes over a shard that an earlier call has written, which begins with picture `first` or
  /// behind it; returns the one after its last.
  size_t skip(const fs::path& file, PackedSplit& split, size_t first) {
    constexpr std::string_view kLabel = ".cls";
    const MemberList list = list_members(file.string());
    std::string last;
    int64_t images = 0;
    for (const Member& member : list.members)
      if (member.path.ends_with(kLabel)) {
        last = member.path.substr(0, member.path.size() - kLabel.size());
        ++images;
      }
    split.lengths.push_back(images);
    if (images > 0 && list.fault.empty())
      for (size_t i = first; i < split.images.size(); ++i)
        if (names_.name_of(split.images[i]->file->path, false).key == last) {
          done_ += static_cast<int64_t>(i + 1 - first);
          return i + 1;
        }
    throw InputError(fmt::format("{} is no shard of these images; remove it, and pack again",
                                 printable(file.string())));
  }

  /// Writes a shard that begins with picture `first`; returns the one after its last. No shard is
  /// written where none of the pictures can be read.
  size_t write(const fs::path& file, PackedSplit& split, size_t first, Progress& progress) {
    TarWriter tar(file);
    int64_t length = 0;
    size_t i = first;
    for (; i < split.images.size(); ++i) {
      check_interrupt("stopped while packing; the same command goes on");
      if (length > 0 && static_cast<int64_t>(tar.size()) >= settings_.shard_bytes) break;
      length += add_sample(*split.images[i], tar);
      progress.update(++done_);
    }
    if (length == 0) return i;
    tar.commit();
    split.lengths.push_back(length);
    return i;
  }

  /// False where it cannot be read, and such are to be skipped.
  bool add_sample(const Placed& image, TarWriter& tar) {
    const std::string& path = image.file->path;
    std::string bytes;
    bool is_jpeg = false;
    try {
      bytes = image.file->read();
      if (settings_.max_side > 0) is_jpeg = shrink(path, bytes);
    } catch (const Error& error) {
      if (!settings_.skip_unreadable) throw;
      result_.unreadable.push_back({path, error.what()});
      return false;
    }
    const PackName name = names_.name_of(path, is_jpeg);
    tar.add(name.key + name.end, bytes);
    tar.add(name.key + ".cls", std::to_string(numbers_.at(image.label)));
    if (!name.is_path) tar.add(name.key + ".json", ordered_json{{kOriginalPath, path}}.dump());
    return true;
  }

  /// True where the picture was too large: `bytes` are then a JPEG's.
  bool shrink(const std::string& path, std::string& bytes) const {
    const Image image = decode(bytes, path);
    const int longer = std::max(image.height, image.width);
    if (longer <= settings_.max_side) return false;
    const auto side = [&](int edge) {
      return std::max(1,
                      static_cast<int>((int64_t{edge} * settings_.max_side + longer / 2) / longer));
    };
    bytes =
        encode_jpeg(resize(image, {side(image.height), side(image.width)},
                           {.resize = Resize::kStretch, .interpolation = Interpolation::kBilinear}),
                    settings_.quality);
    return true;
  }

  /// As timm's reader of shards wants it, with the names that cls counts.
  void write_info(bool complete) const {
    ordered_json info = {{"classes", source_.classes}, {"splits", ordered_json::object()}};
    for (const PackedSplit& split : splits_)
      if (complete && !split.images.empty())
        info["splits"][split.name] = {
            {"name", split.name},
            {"num_samples",
             std::accumulate(split.lengths.begin(), split.lengths.end(), int64_t{0})},
            {"filenames", split.shards},
            {"shard_lengths", split.lengths}};
    info["pack_digest"] = digest_of_source();
    write_file(info_, info.dump(1) + "\n");
  }

  const ArrangedTree& source_;
  const PackSettings& settings_;
  fs::path info_;
  std::map<std::string, int64_t> numbers_;
  std::vector<PackedSplit> splits_;
  PackNames names_;
  int64_t total_ = 0, done_ = 0;
  Packed result_;
};

}  // namespace

Packed pack(const std::string& where, const PackSettings& settings) {
  const DataOptions options{.skip_unreadable = settings.skip_unreadable};
  ImageTree tree = list_images(where);
  refuse_unreadable(tree.unreadable, where, options);
  const ArrangedTree source = arrange_tree(std::move(tree), where, options);
  const std::optional<FolderLock> lock = FolderLock::try_lock(settings.out);
  if (!lock)
    throw InputError(
        fmt::format("{} is being packed into by another process", printable(settings.out)));
  Packed packed = Packer(source, settings).pack();
  packed.unreadable.insert(packed.unreadable.end(), source.tree.unreadable.begin(),
                           source.tree.unreadable.end());
  packed.ignored = source.tree.others;
  packed.left_out.insert(packed.left_out.end(), source.arrangement.left_out.begin(),
                         source.arrangement.left_out.end());
  return packed;
}

}  // namespace nasnet::data
