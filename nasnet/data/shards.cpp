#include "nasnet/data/shards.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/text.h"
#include "nasnet/data/archive_store.h"
#include "nasnet/data/image.h"
#include "nasnet/data/image_lookup.h"
#include "nasnet/data/list_text.h"
#include "nasnet/data/litter.h"
#include "nasnet/data/tfrecord.h"

// Members are sorted by their keys, so that a sample is together however the tar was written. Its
// label is read at once, its picture only when it is wanted. What has no counterpart is counted,
// and the first of its kind named.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Bytes that a label may have at most.
constexpr size_t kLargestLabel = size_t{1} << 20;

/// A member's name as WebDataset parts it.
struct KeyName {
  std::string_view key, end;  ///< "a/1" and "seg.png" of "a/1.seg.png"
};

/// The last name of a path.
std::string_view name_below(const std::string& path) {
  return std::string_view(path).substr(path.rfind('/') + 1);
}

KeyName part_name(const std::string& path) {
  const size_t slash = path.rfind('/');
  const size_t dot = path.find('.', slash == std::string::npos ? 0 : slash);
  const std::string_view text = path;
  if (dot == std::string::npos) return {text, {}};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

bool is_end(const Member& member, std::string_view end) {
  return member.kind == MemberKind::kFile && lower_case(part_name(member.path).end) == end;
}

bool is_picture(const Member& member) {
  return member.kind == MemberKind::kFile && has_image_name(member.path);
}

/// One shard: made, added once, and gone.
class Shard {
 public:
  Shard(const std::string& file, const MemberList& list)
      : file_(file), list_(list), members_(list.members) {
    for (size_t i = 0; i < members_.size(); ++i)
      if (members_[i].kind != MemberKind::kFolder && !is_litter(name_below(members_[i].path)))
        order_.push_back(static_cast<uint32_t>(i));
    std::stable_sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) {
      return part_name(members_[a].path).key < part_name(members_[b].path).key;
    });
    read_texts();
  }

  /// It has a label, and in JSON one of a picture.
  bool is_shard() const {
    bool is = false;
    for_samples([&](const Sample& sample) {
      is = is || sample.cls ||
           (sample.json && !sample.pictures.empty() && label_of(sample).has_value());
    });
    return is;
  }

  void add_to(ImageTree& tree, ArchiveStore& store, std::shared_ptr<const FileStore> shared,
              Split split) const {
    for_samples([&](const Sample& sample) {
      for (const Member* other : sample.others) leave_out(other->path, tree.others);
      if (sample.pictures.empty()) {
        if (sample.cls || sample.json)
          leave_out((sample.cls ? sample.cls : sample.json)->path, "label without an image",
                    tree.others);
        return;
      }
      const Member& picture = *sample.pictures[0];
      for (size_t i = 1; i < sample.pictures.size(); ++i)
        leave_out(sample.pictures[i]->path, "second image of a sample", tree.others);
      const size_t index = &picture - members_.data();
      if (const std::string& fault = list_.fault_of(index); !fault.empty()) {
        tree.unreadable.push_back({picture.path, picture.path + " " + fault});
        return;
      }
      ImageFile image{original_path(sample).value_or(picture.path), shared,
                      store.add(list_, index, kLargestImageFile)};
      if (const auto label = label_of(sample)) image.tag = tree.tags.add(*label, split);
      tree.images.push_back(std::move(image));
    });
  }

 private:
  struct Sample {
    std::vector<const Member*> pictures, others;  ///< the picture proper first
    const Member *cls = nullptr, *json = nullptr;
  };

  /// Calls visit(sample) for each, by key.
  template <class Visit>
  void for_samples(const Visit& visit) const {
    for (size_t i = 0; i < order_.size();) {
      Sample sample;
      const std::string_view key = part_name(members_[order_[i]].path).key;
      for (; i < order_.size() && part_name(members_[order_[i]].path).key == key; ++i)
        take(members_[order_[i]], sample);
      // "1.jpg" goes before "1.mask.png".
      std::stable_partition(sample.pictures.begin(), sample.pictures.end(), [](const Member* m) {
        return part_name(m->path).end.find('.') == std::string_view::npos;
      });
      visit(sample);
    }
  }

  static void take(const Member& member, Sample& sample) {
    if (is_picture(member)) {
      sample.pictures.push_back(&member);
    } else if (is_end(member, "cls")) {
      sample.cls = &member;
    } else if (is_end(member, "json")) {
      sample.json = &member;
    } else {
      sample.others.push_back(&member);
    }
  }

  /// The texts of all labels: read in place, or in one pass over a packed tar.
  void read_texts() {
    texts_.resize(members_.size());
    std::vector<size_t> packed(members_.size(), 0);
    bool any = false;
    const auto file = open_shared(file_, list_.stamp);
    for (size_t i = 0; i < members_.size(); ++i) {
      const Member& member = members_[i];
      if (!is_end(member, "cls") && !is_end(member, "json")) continue;
      if (!member.place.is_known()) {
        packed[i] = kLargestLabel;
        any = true;
      } else if (member.place.size <= kLargestLabel) {
        texts_[i].resize(member.place.size);
        texts_[i].resize(file->read_at(member.place.offset, texts_[i].data(), texts_[i].size()));
      }
    }
    if (any)
      read_members(file_, list_, packed,
                   [&](size_t i, const MemberContent& content) { texts_[i] = content.bytes; });
  }

  const std::string& text_of(const Member* member) const {
    return texts_[member - members_.data()];
  }

  /// Nothing where there is none, or none that can be read.
  std::optional<std::string> label_of(const Sample& sample) const {
    if (sample.cls) {
      const std::vector<std::string> lines = lines_of(text_of(sample.cls));
      return lines.empty() ? std::nullopt : std::optional(listed_name(lines[0]));
    }
    const json object = json_of(sample);
    for (const char* name : {"class_name", "label", "cls", "class"}) {
      const auto found = object.find(name);
      if (found == object.end()) continue;
      if (found->is_string()) return listed_name(found->get<std::string>());
      if (found->is_number_integer()) return found->dump();
    }
    return std::nullopt;
  }

  std::optional<std::string> original_path(const Sample& sample) const {
    const json object = json_of(sample);
    const auto found = object.find(kOriginalPath);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  }

  json json_of(const Sample& sample) const {
    if (!sample.json) return json::object();
    const json object = json::parse(text_of(sample.json), nullptr, false);
    return object.is_object() ? object : json::object();
  }

  const std::string& file_;
  const MemberList& list_;
  const std::vector<Member>& members_;
  std::vector<uint32_t> order_;     // the members by key
  std::vector<std::string> texts_;  // of labels, by member
};

/// The split that the name of a shard tells: train-000012, imagenet1k-validation-03.
Split split_of(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  for (size_t begin = 0; begin < name.size();) {
    const size_t end = std::min(name.find_first_of("-_.", begin), name.size());
    if (const Split split = split_named(name.substr(begin, end - begin)); split != Split::kNone)
      return split;
    begin = end + 1;
  }
  return split_above(path);
}

}  // namespace

bool Shards::add(const std::string& file, const MemberList& list, const std::string& path,
                 ImageTree& tree) {
  const bool labels = std::any_of(list.members.begin(), list.members.end(), [](const Member& m) {
    return is_end(m, "cls") || is_end(m, "json");
  });
  if (!labels) return false;
  const Shard shard(file, list);
  if (!shard.is_shard()) return false;
  const auto store = std::make_shared<ArchiveStore>(file, list.stamp);
  shard.add_to(tree, *store, store, split_of(path));
  store->unpack(list);
  if (!list.fault.empty()) tree.unreadable.push_back({printable(file), list.fault});
  paths_[store.get()] = path;
  return true;
}

void Shards::add_records(const std::string& file, const std::string& path, ImageTree& tree) {
  const auto store = std::make_shared<TfRecordStore>(file, OpenFile(file).stamp());
  const Split split = split_of(path);
  int64_t number = 0;
  std::set<std::string> names;
  try {
    read_tfrecord(file, *store, [&](const TfExample& example) {
      const std::string name = fmt::format("{}/{:06}.jpg", path, number++);
      if (!example.key) return leave_out(name, "record without an image", tree.others);
      const std::string own =
          fmt::format("{}", fmt::join(split_path(printable(example.filename)), "/"));
      ImageFile image{own.empty() || !names.insert(own).second ? name : own, store, *example.key};
      if (!example.label.empty()) image.tag = tree.tags.add(listed_name(example.label), split);
      tree.images.push_back(std::move(image));
    });
  } catch (const InputError& error) {
    tree.unreadable.push_back({path, error.what()});
  }
  paths_[store.get()] = path;
}

void Shards::finish(ImageTree& tree) const {
  if (paths_.empty()) return;
  std::vector<const ImageFile*> images;
  for (const ImageFile& image : tree.images)
    if (paths_.contains(image.store.get())) images.push_back(&image);
  std::sort(images.begin(), images.end(),
            [](const ImageFile* a, const ImageFile* b) { return a->path < b->path; });
  const bool recur =
      std::adjacent_find(images.begin(), images.end(), [](const ImageFile* a, const ImageFile* b) {
        return a->path == b->path;
      }) != images.end();
  if (!recur) return;
  for (ImageFile& image : tree.images)
    if (const auto shard = paths_.find(image.store.get());
        shard != paths_.end() && !image.path.starts_with(shard->second + "/"))
      image.path = shard->second + "/" + image.path;
}

}  // namespace nasnet::data
