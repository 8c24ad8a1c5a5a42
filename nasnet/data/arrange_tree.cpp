#include "nasnet/data/arrange_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/data/class_list.h"
#include "nasnet/data/folder_layout.h"
#include "nasnet/data/foreign_form.h"
#include "nasnet/data/list_layout.h"
#include "nasnet/data/list_text.h"
#include "nasnet/data/part_names.h"
#include "nasnet/data/placed.h"
#include "nasnet/data/tag_list.h"

// From a tree of files to classes and splits: folders' names are composed, then lists and folders
// give each picture its place. Only where no classes are found is a foreign form looked for.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// " (but 3 .zip, 1 .pdf)": that a tree without pictures holds.
std::string what_else(const ImageTree& tree) {
  return tree.others.empty() ? "" : fmt::format(" (but {})", describe_left_out(tree.others));
}

/// "; 3 things cannot be read, the first is ...": where they are skipped.
std::string what_is_unreadable(const ImageTree& tree) {
  if (tree.unreadable.empty()) return "";
  return fmt::format("; {} of its files and folders cannot be read: {}", tree.unreadable.size(),
                     tree.unreadable[0].why);
}

/// True if a picture of this split was placed.
bool has(const Arrangement& arrangement, Split split) {
  return std::any_of(arrangement.placed.begin(), arrangement.placed.end(),
                     [&](const Placed& image) { return image.split == split; });
}

/// Validation images stand in for test images where there are none, else they are not used: a
/// search holds out its own.
void settle_validation(Arrangement& arrangement) {
  if (!has(arrangement, Split::kValidation)) return;
  if (!has(arrangement, Split::kTest)) {
    for (Placed& image : arrangement.placed)
      if (image.split == Split::kValidation) image.split = Split::kTest;
    arrangement.notes.push_back(
        "the validation images are the test images, as there are no others");
    return;
  }
  for (const Placed& image : arrangement.placed)
    if (image.split == Split::kValidation) arrangement.set_aside.push_back(image);
  std::erase_if(arrangement.placed,
                [](const Placed& image) { return image.split == Split::kValidation; });
  arrangement.left_out.push_back(
      {static_cast<int64_t>(arrangement.set_aside.size()),
       "of the validation split are not used: there are test images, and a search holds validation "
       "images out of the training images"});
}

[[noreturn]] void refuse_without_images(const ImageTree& tree, const std::string& source) {
  throw NoClasses(fmt::format(
      "{} holds no images (JPEG, PNG, WebP ...){}; make one folder a class and put the images "
      "there",
      source, what_else(tree)));
}

/// The classes of a set that a model is measured on: some or all of the model's.
void check_classes(const Arrangement& arrangement, const std::vector<std::string>& classes,
                   const std::string& source) {
  for (const Placed& image : arrangement.placed)
    if (std::find(classes.begin(), classes.end(), image.label) == classes.end())
      throw InputError(fmt::format("{} has images of class '{}', which the model does not know{}",
                                   source, image.label, suggestion(image.label, classes)));
}

/// The gaps of a set, which are errors unless somebody takes them.
class GapTaker {
 public:
  GapTaker(const std::string& source, std::vector<ClassGap>* gaps) : source_(source), gaps_(gaps) {}
  bool takes() const { return gaps_ != nullptr; }
  void take(ClassGap gap) const {
    if (!gaps_) throw InputError(fmt::format("{}: {}", source_, gap.text));
    gaps_->push_back(std::move(gap));
  }

 private:
  const std::string& source_;
  std::vector<ClassGap>* gaps_;
};

/// The classes of the training images, and where gaps are taken those of test images alone.
std::set<std::string> find_classes(const Arrangement& arrangement, const std::string& source,
                                   const GapTaker& gaps) {
  std::set<std::string> train, test;
  for (const Placed& image : arrangement.placed)
    (image.split == Split::kTest ? test : train).insert(image.label);
  for (const std::string& name : test)
    if (!train.contains(name))
      gaps.take({ClassGap::Kind::kNoTraining, name,
                 fmt::format("class '{}' has test images but no training images{}", name,
                             suggestion(name, {train.begin(), train.end()}))});
  if (are_parts_of_a_set(train))
    throw NoClasses(fmt::format(
        "{} holds {}: pictures and files that belong to them, not classes; make one folder a class",
        source, fmt::join(train, ", ")));
  if (gaps.takes() && !train.empty()) {
    if (train.size() < 2)
      gaps.take(
          {ClassGap::Kind::kAlone, *train.begin(),
           fmt::format("there is only one class, '{}'; make one folder a class", *train.begin())});
    train.insert(test.begin(), test.end());
  } else if (train.size() < 2) {
    std::string left_out;
    for (const LeftOutImages& some : arrangement.left_out)
      left_out += fmt::format("; {} {}", count_images(some.images), some.why);
    throw NoClasses(fmt::format("{} has only one class, '{}'; make one folder a class{}", source,
                                train.empty() ? "" : *train.begin(), left_out));
  }
  return train;
}

/// Takes the list of classes out of the lists; nullptr where there is none.
const ImageFile* find_class_list(const ImageTree& tree, const std::string& source) {
  const ImageFile* found = nullptr;
  for (const ImageFile& list : tree.lists) {
    if (!is_class_list(list.path)) continue;
    if (found && found->read() != list.read())
      throw InputError(fmt::format("{} has two lists of classes that differ, {} and {}; remove one",
                                   source, found->path, list.path));
    if (!found) found = &list;
  }
  return found;
}

/// Folders that hold lists are no classes without images; those that hold something unreadable
/// have been named.
std::vector<std::string> possible_classes(const ImageTree& tree) {
  std::set<std::string> holding;
  const auto hold = [&](const std::string& path) {
    for (fs::path above = fs::path(path).parent_path(); !above.empty(); above = above.parent_path())
      holding.insert(above.string());
  };
  for (const ImageFile& list : tree.lists) hold(list.path);
  for (const Unreadable& file : tree.unreadable) hold(file.file + "/");
  std::vector<std::string> folders;
  for (const std::string& folder : tree.folders) {
    const Parts parts = split_path(folder);
    if (!holding.contains(fmt::format("{}", fmt::join(parts, "/")))) folders.push_back(folder);
  }
  return folders;
}

/// The lists that were found useful, and where they put each picture.
struct Sorted {
  const ImageFile* class_list = nullptr;
  std::vector<std::string> class_names;
  bool names_are_of_shards = false;
  std::vector<LabelList> lists;
  std::set<const ImageFile*> used;  ///< files that were read for these
  Arrangement arrangement;
};

/// The names of classes that lie beside shards, where no list of classes does.
void read_shard_info(const ImageTree& tree, Sorted& sorted) {
  for (const ImageFile& list : tree.lists) {
    if (!is_shard_info(list.path)) continue;
    sorted.used.insert(&list);
    if (sorted.class_names.empty()) sorted.class_names = parse_shard_info(list.read(), list.path);
    sorted.names_are_of_shards = !sorted.class_list && !sorted.class_names.empty();
  }
}

/// Adds the lists that are not among those read before.
void read_label_lists(const ImageTree& tree, const std::vector<const ImageFile*>& images,
                      const std::set<const ImageFile*>& read, Sorted& sorted) {
  // Ids first: they may be what other lists call pictures by.
  ImageLookup lookup(images);
  for (const ImageFile& list : tree.lists)
    if (!read.contains(&list) && read_ids(list, lookup)) sorted.used.insert(&list);
  for (const ImageFile& list : tree.lists) {
    if (read.contains(&list)) continue;
    std::optional<LabelList> labels = read_label_list(list, lookup);
    if (!labels) continue;
    sorted.used.insert(&list);
    sorted.lists.push_back(std::move(*labels));
  }
}

Sorted sort_out(const ImageTree& tree, const std::string& source, const GapTaker& gaps) {
  Sorted sorted;
  std::vector<const ImageFile*> images;
  for (const ImageFile& image : tree.images) images.push_back(&image);
  sorted.class_list = find_class_list(tree, source);
  ListText text;
  if (sorted.class_list) {
    text = decode_list(sorted.class_list->read());
    sorted.class_names = parse_class_list(text.text, sorted.class_list->path);
    sorted.used.insert(sorted.class_list);
  }
  if (!tree.tags.empty()) read_shard_info(tree, sorted);
  const std::set<const ImageFile*> read = sorted.used;
  // A lookup takes several times the memory of the images themselves.
  if (read.size() < tree.lists.size()) read_label_lists(tree, images, read, sorted);
  if (!tree.tags.empty())
    sorted.lists.push_back(list_of_tags(
        tree, sorted.names_are_of_shards ? sorted.class_names : std::vector<std::string>(),
        source));
  const std::vector<std::string> folders = possible_classes(tree);
  sorted.arrangement = sorted.lists.empty() ? arrange_by_folders(images, folders, source)
                                            : arrange_by_lists(sorted.lists, images, folders,
                                                               sorted.class_names, source);
  for (const std::string& folder : sorted.arrangement.empty_classes)
    gaps.take({ClassGap::Kind::kEmptyFolder, folder,
               fmt::format("class '{}' has no images; add some, or remove its folder", folder)});
  if (text.guessed) sorted.arrangement.notes.push_back(guess_note(sorted.class_list->path));
  settle_validation(sorted.arrangement);
  return sorted;
}

/// The classes in their order.
std::vector<std::string> choose_classes(const Sorted& sorted, const std::string& source,
                                        const DataOptions& options, const GapTaker& gaps) {
  if (!options.classes.empty()) {
    check_classes(sorted.arrangement, options.classes, source);
    return options.classes;
  }
  std::vector<std::string> classes =
      order_classes(find_classes(sorted.arrangement, source, gaps), sorted.class_names,
                    sorted.class_list ? source + "/" + sorted.class_list->path : "");
  if (!sorted.lists.empty() && sorted.class_names.empty()) order_numbers(classes);
  return classes;
}

}  // namespace

ArrangedTree arrange_tree(ImageTree tree, const std::string& source, const DataOptions& options,
                          std::vector<ClassGap>* gaps) {
  const GapTaker taker(source, gaps);
  ArrangedTree arranged;
  compose_folders(tree);
  // By path: the order of images, and so every batch, must not depend on how a disk or an archive
  // lists them.
  std::sort(tree.images.begin(), tree.images.end(),
            [](const ImageFile& a, const ImageFile& b) { return a.path < b.path; });
  Sorted sorted;
  try {
    if (tree.images.empty()) refuse_without_images(tree, source);
    sorted = sort_out(tree, source, taker);
    adopt_names(options.classes.empty() ? sorted.class_names : options.classes, sorted.arrangement);
    arranged.classes = choose_classes(sorted, source, options, taker);
  } catch (const NoClasses& plain) {
    // A known form says more than that there are no classes.
    const std::string form = foreign_form(tree, source);
    throw InputError((form.empty() ? plain.what() : form) + what_is_unreadable(tree));
  }
  for (const ImageFile& list : tree.lists)
    if (!sorted.used.contains(&list)) leave_out(list.path, tree.others);
  arranged.arrangement = std::move(sorted.arrangement);
  arranged.own_test_split = has(arranged.arrangement, Split::kTest);
  // The files stay where they are, and so do the pointers to them.
  arranged.tree = std::move(tree);
  return arranged;
}

}  // namespace nasnet::data
