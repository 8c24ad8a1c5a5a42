#include "nasnet/data/arrange.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
#include "nasnet/data/decode_all.h"
#include "nasnet/data/hold_out.h"

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// " (but 3 .zip, 1 .pdf)": that a tree without pictures holds.
std::string what_else(const ImageTree& tree) {
  if (!tree.unreadable.empty()) return fmt::format(" ({})", tree.unreadable[0].why);
  return tree.others.empty() ? "" : fmt::format(" (but {})", describe_left_out(tree.others));
}

enum class Split { kNone, kTrain, kTest, kValidation };

Split split_named(const std::string& folder) {
  if (folder == "train" || folder == "training") return Split::kTrain;
  if (folder == "test" || folder == "testing") return Split::kTest;
  if (folder == "val" || folder == "valid" || folder == "validation") return Split::kValidation;
  return Split::kNone;
}

/// A picture with its place in the data set.
struct Placed {
  const ImageFile* file;
  Split split;
  std::string label;
};

/// Sorts the tree's paths into splits and classes: [wrapping folder/] [split/] class/.../file.
class Sorter {
 public:
  Sorter(const ImageTree& tree, std::string source) : tree_(tree), source_(std::move(source)) {
    for (const ImageFile& file : tree.images) paths_.push_back(split_path(file.path));
    for (const std::string& folder : tree.folders) folders_.push_back(split_path(folder));
    if (paths_.empty())
      throw InputError(fmt::format(
          "{} holds no images (JPEG, PNG, WebP ...){}; make one folder a class and put the images "
          "there",
          source_, what_else(tree)));
    strip_wrapping();
    has_splits_ = std::all_of(paths_.begin(), paths_.end(), [](const Parts& parts) {
      return parts.size() >= 3 && split_named(parts[0]) != Split::kNone;
    });
    check_empty_classes();
  }

  std::vector<Placed> sorted() const {
    std::vector<Placed> placed;
    for (size_t i = 0; i < paths_.size(); ++i) {
      const size_t class_at = has_splits_ ? 1 : 0;
      if (paths_[i].size() < class_at + 2)
        throw InputError(
            fmt::format("{}: {} lies in no class folder; make one folder a class and "
                        "put the images there",
                        source_, tree_.images[i].path));
      placed.push_back({&tree_.images[i], has_splits_ ? split_named(paths_[i][0]) : Split::kNone,
                        paths_[i][class_at]});
    }
    return placed;
  }

 private:
  /// A folder that holds everything is no class: the archive's own name, as a rule.
  void strip_wrapping() {
    for (;;) {
      const std::string top = paths_[0][0];
      const bool wraps = std::all_of(paths_.begin(), paths_.end(), [&](const Parts& parts) {
        return parts.size() >= 3 && parts[0] == top;
      });
      if (!wraps) return;
      for (Parts& parts : paths_) parts.erase(parts.begin());
      std::vector<Parts> inside;
      for (Parts& parts : folders_)
        if (parts.size() > 1 && parts[0] == top)
          inside.emplace_back(parts.begin() + 1, parts.end());
      folders_ = std::move(inside);
    }
  }

  void check_empty_classes() const {
    const size_t depth = has_splits_ ? 2 : 1;
    for (const Parts& folder : folders_) {
      if (folder.size() != depth || (has_splits_ && split_named(folder[0]) == Split::kNone))
        continue;
      const bool used = std::any_of(paths_.begin(), paths_.end(), [&](const Parts& parts) {
        return parts.size() > depth && std::equal(folder.begin(), folder.end(), parts.begin());
      });
      if (!used)
        throw InputError(fmt::format("{}: class '{}' has no images; add some, or remove its folder",
                                     source_, fmt::join(folder, "/")));
    }
  }

  const ImageTree& tree_;
  std::string source_;
  std::vector<Parts> paths_, folders_;
  bool has_splits_ = false;
};

/// Takes classes.txt out of the lists: its content, "" where there is none. Every other list is
/// counted as left out.
std::string take_class_list(ImageTree& tree) {
  std::string content;
  for (const ImageFile& list : tree.lists) {
    if (fs::path(list.path).filename() == "classes.txt") {
      content = list.read();
    } else {
      leave_out(list.path, tree.others);
    }
  }
  tree.lists.clear();
  return content;
}

/// In the order of classes.txt where it names just these, else sorted.
std::vector<std::string> order_classes(const std::set<std::string>& names,
                                       const std::string& class_list) {
  std::vector<std::string> listed = lines_of(class_list);
  if (listed.size() == names.size() && std::set<std::string>(listed.begin(), listed.end()) == names)
    return listed;
  return {names.begin(), names.end()};
}

/// Counts the images' sizes, the commonest first.
std::vector<std::pair<std::string, int64_t>> count_sizes(const std::vector<Decoded>& images) {
  std::map<ImageSize, int64_t> sizes;
  for (const Decoded& image : images)
    if (image.original.height > 0) ++sizes[image.original];
  std::vector<std::pair<std::string, int64_t>> counted;
  for (const auto& [size, count] : sizes)
    counted.emplace_back(fmt::format("{}x{}", size.width, size.height), count);
  std::stable_sort(counted.begin(), counted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return counted;
}

/// Decodes the images and puts them into the splits of `data`, whose classes stand. Test images are
/// held out here where the source has none.
void fill_splits(const std::vector<Placed>& placed, const DataOptions& options, DataSet& data) {
  std::map<std::string, int> label_of;
  for (size_t k = 0; k < data.classes.size(); ++k) label_of[data.classes[k]] = static_cast<int>(k);
  std::vector<const ImageFile*> files;
  for (const Placed& image : placed) files.push_back(image.file);
  DecodedImages decoded = decode_all(files, options, data.source);
  data.original_sizes = count_sizes(decoded.images);

  std::vector<size_t> readable;
  std::vector<int> labels;
  std::vector<uint64_t> contents;
  std::vector<bool> test;
  for (size_t i = 0; i < placed.size(); ++i) {
    if (!decoded.images[i].fault.empty()) {
      data.unreadable.push_back({files[i]->path, decoded.images[i].fault});
      continue;
    }
    readable.push_back(i);
    labels.push_back(label_of.at(placed[i].label));
    contents.push_back(decoded.images[i].content);
    test.push_back(placed[i].split == Split::kTest);
  }
  if (!data.own_test_split) test = hold_out(labels, contents, options.test_share);

  for (ImageSet* set : {&data.train, &data.test}) {
    set->height = decoded.size.height;
    set->width = decoded.size.width;
    set->channels = 3;
  }
  std::vector<int64_t> left(data.classes.size(), 0);
  for (size_t k = 0; k < readable.size(); ++k) {
    std::vector<uint8_t>& pixels = decoded.images[readable[k]].pixels;
    ImageSet& set = test[k] ? data.test : data.train;
    set.pixels.insert(set.pixels.end(), pixels.begin(), pixels.end());
    set.labels.push_back(labels[k]);
    set.contents.push_back(contents[k]);
    if (!test[k]) ++left[static_cast<size_t>(labels[k])];
    pixels = {};
  }
  for (size_t k = 0; k < left.size(); ++k)
    if (left[k] == 0)
      throw InputError(fmt::format("{}: class '{}' has no readable training images", data.source,
                                   data.classes[k]));
}

}  // namespace

DataSet load_tree(ImageTree tree, const std::string& source, const DataOptions& options) {
  refuse_unreadable(tree.unreadable, source, options);
  compose_folders(tree);
  std::sort(tree.images.begin(), tree.images.end(),
            [](const ImageFile& a, const ImageFile& b) { return a.path < b.path; });
  const std::string class_list = take_class_list(tree);
  std::vector<Placed> placed = Sorter(tree, source).sorted();

  DataSet data;
  data.name = fs::path(source).filename().string();
  if (data.name.empty()) data.name = fs::path(source).parent_path().filename().string();
  data.source = source;
  data.ignored = tree.others;
  data.unreadable = tree.unreadable;
  const auto has = [&](Split split) {
    return std::any_of(placed.begin(), placed.end(),
                       [&](const Placed& image) { return image.split == split; });
  };
  if (has(Split::kValidation)) {
    // Validation images stand in for test images where there are none, else they are not used: a
    // search holds out its own.
    const bool stand_in = !has(Split::kTest);
    for (Placed& image : placed)
      if (stand_in && image.split == Split::kValidation) image.split = Split::kTest;
    std::erase_if(placed, [](const Placed& image) { return image.split == Split::kValidation; });
  }
  data.own_test_split = has(Split::kTest) && has(Split::kTrain);
  std::set<std::string> train_classes, test_classes;
  for (const Placed& image : placed)
    (image.split == Split::kTest ? test_classes : train_classes).insert(image.label);
  for (const std::string& name : test_classes)
    if (!train_classes.count(name))
      throw InputError(
          fmt::format("{}: class '{}' has test images but no training images", source, name));
  if (train_classes.size() < 2)
    throw InputError(fmt::format("{} has only one class, '{}'; make one folder a class", source,
                                 *train_classes.begin()));
  data.classes = order_classes(train_classes, class_list);

  fill_splits(placed, options, data);
  return data;
}

}  // namespace nasnet::data
