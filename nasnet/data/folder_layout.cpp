#include "nasnet/data/folder_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/data/folder_tops.h"
#include "nasnet/data/foreign_form.h"
#include "nasnet/data/part_names.h"

// Classes and splits by folders. First what holds everything is taken off, then one of three forms
// is chosen (splits above classes, splits below them, classes alone), then each picture is placed
// or counted. A layout that fits two forms is refused: a guess would train on wrong labels.

namespace nasnet::data {
namespace {

/// "a/, b/ and 3 more".
std::string list_folders(const Names& names) {
  constexpr size_t kMost = 5;
  std::vector<std::string> shown;
  for (const std::string& name : names)
    if (shown.size() < kMost) shown.push_back(name + "/");
  std::string text = fmt::format("{}", fmt::join(shown, ", "));
  if (names.size() > kMost) text += fmt::format(" and {} more", names.size() - kMost);
  return text;
}

bool is_subset(const Names& some, const Names& all) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

/// One arrangement: made, arranged once, and gone.
class FolderLayout {
 public:
  FolderLayout(const std::vector<const ImageFile*>& images, const std::vector<std::string>& folders,
               const std::string& source)
      : source_(source) {
    for (const ImageFile* file : images) tree_.pictures.push_back({file, split_path(file->path)});
    for (const std::string& folder : folders) tree_.folders.push_back(split_path(folder));
    // Twice: what is left beside a folder of unlabelled pictures may be a single one.
    strip_wrapping(tree_);
    for (const auto& [folder, count] : take_unlabelled(tree_))
      left_out_[why_unlabelled(folder)] = count;
    strip_wrapping(tree_);
    tops_ = find_tops(tree_);
  }

  Arrangement arrange() {
    if (tops_.empty())
      throw NoClasses(
          fmt::format("{}: {} lies in no class folder; make one folder a class and put the images "
                      "there, or add a list of labels (labels.csv: file name, label)",
                      source_, tree_.pictures[0].file->path));
    if (splits_are_above()) {
      arrange_splits();
    } else if (splits_are_below()) {
      for (const FolderPicture& item : tree_.pictures) {
        if (item.parts.size() < 2) continue;
        place(item, split_named(item.parts[1]), item.parts[0]);
      }
    } else {
      arrange_classes();
    }
    for (const FolderPicture& item : tree_.pictures)
      if (item.parts.size() < 2) leave_out_stray(item);
    for (auto& [why, images] : left_out_) result_.left_out.push_back({images, why});
    return std::move(result_);
  }

 private:
  /// The folders at the top for which `chosen` holds.
  template <class Predicate>
  Names tops_where(const Predicate& chosen) const {
    Names names;
    for (const auto& [name, top] : tops_)
      if (chosen(top)) names.insert(name);
    return names;
  }

  /// train/CLASS/..., with or without test/ and others beside it.
  bool splits_are_above() {
    const Names training =
        tops_where([](const Top& top) { return top.split == Split::kTrain && top.nested > 0; });
    const Names others = tops_where([](const Top& top) { return top.split == Split::kNone; });
    const Names named = tops_where([](const Top& top) { return top.split != Split::kNone; });
    if (training.empty()) {
      if (!others.empty()) return false;
      throw NoClasses(fmt::format(
          "{} holds {}, but no training folder with class folders in it; put the images into "
          "train/CLASS/ and test/CLASS/, or add a list of labels (train.csv: file name, label)",
          source_, list_folders(named)));
    }
    // With a test folder beside train/ these are splits for sure, and others beside them strays.
    if (others.empty() || named.size() > training.size()) return true;
    Names classes;
    for (const std::string& name : training)
      classes.insert(tops_[name].inside.begin(), tops_[name].inside.end());
    for (const std::string& name : others)
      if (!is_subset(tops_[name].inside, classes))
        throw InputError(fmt::format(
            "{} holds {} and, beside it, {}: it cannot be told whether these are splits or "
            "classes; name the folder that holds the class folders with --data, or put the others "
            "elsewhere",
            source_, list_folders(training), list_folders(others)));
    return true;
  }

  /// CLASS/train/..., CLASS/test/...
  bool splits_are_below() const {
    Names divided, whole;
    bool deeper = false;
    for (const auto& [name, top] : tops_) {
      bool train = false, test = false, other = top.direct > 0;
      for (const std::string& inside : top.inside) {
        const Split split = split_named(inside);
        train = train || split == Split::kTrain;
        test = test || split == Split::kTest || split == Split::kValidation;
        other = other || split == Split::kNone;
      }
      // A class is divided where it has both splits and nothing else.
      (train && test && !other ? divided : whole).insert(name);
      if (train && test && other)
        throw InputError(
            fmt::format("{}: {}/ holds pictures beside those of its folders {}; put all of a class "
                        "into train/ and test/, or none",
                        source_, name, list_folders(top.inside)));
    }
    if (divided.empty()) return false;
    for (const FolderPicture& item : tree_.pictures) deeper = deeper || item.parts.size() > 3;
    if (deeper)
      throw InputError(
          fmt::format("{} holds several sets with splits of their own: {}; name one of "
                      "them with --data",
                      source_, list_folders(divided)));
    if (!whole.empty())
      throw InputError(
          fmt::format("{}: {} are divided into splits, but {} are not; divide all classes or none",
                      source_, list_folders(divided), list_folders(whole)));
    return true;
  }

  /// train/CLASS and the like: strays and folders beside the splits are counted, not placed.
  void arrange_splits() {
    // Before the classes are listed, or train/train/CLASS would have one class, "train".
    strip_inner(tree_, tops_);
    Names classes;
    for (const auto& [name, top] : tops_)
      if (top.split == Split::kTrain) classes.insert(top.inside.begin(), top.inside.end());
    const Names splits = tops_where([](const Top& top) { return top.split != Split::kNone; });
    for (const FolderPicture& item : tree_.pictures) {
      if (item.parts.size() < 2) continue;
      const Top& top = tops_.at(item.parts[0]);
      if (top.split == Split::kNone) {
        leave_out(fmt::format("of {}/, beside {}: left out", item.parts[0], list_folders(splits)));
      } else if (top.split == Split::kTrain && item.parts.size() == 2) {
        leave_out_stray(item);
      } else if (item.parts.size() == 2 || is_unlabelled(item.parts[0], top, classes)) {
        leave_out_unlabelled(item.parts[0]);
      } else {
        place(item, top.split, item.parts[1]);
      }
    }
    find_empty(2, [&](const Parts& folder) {
      const auto top = tops_.find(folder[0]);
      return top != tops_.end() && top->second.split != Split::kNone && top->second.nested > 0 &&
             !is_unlabelled(folder[0], top->second, classes);
    });
  }

  /// fold1/CLASS, fold2/CLASS: each holds the same folders, and its own name only counts.
  void refuse_folds() const {
    const Names& inside = tops_.begin()->second.inside;
    const bool folds = std::all_of(tops_.begin(), tops_.end(), [&](const auto& top) {
      return only_counts(top.first) && top.second.direct == 0 && top.second.inside == inside;
    });
    // One folder inside each says nothing of folds.
    if (folds && tops_.size() > 1 && inside.size() > 1)
      throw InputError(fmt::format(
          "{} holds {}, each with the folders {}: it cannot be told whether these are parts (folds "
          "of a cross-validation) or classes; name one of them with --data, or put the class "
          "folders of all together",
          source_, list_folders(tops_where([](const Top&) { return true; })),
          list_folders(inside)));
  }

  /// CLASS/..., perhaps with a test folder beside the classes.
  void arrange_classes() {
    refuse_folds();
    Names classes = tops_where([](const Top& top) { return top.split == Split::kNone; });
    Names tests;
    for (const auto& [name, top] : tops_) {
      const bool opposite = tops_.contains("in" + name);  // valid/ and invalid/ are classes
      const bool test = top.split == Split::kTest || top.split == Split::kValidation;
      // Beside a single folder a "test" may be the second class.
      if (test && !opposite && classes.size() >= 2) tests.insert(name);
    }
    for (const auto& [name, top] : tops_)
      if (!tests.contains(name)) classes.insert(name);
    for (const std::string& name : tests) {
      const Top& top = tops_.at(name);
      if (top.nested > 0 && !is_subset(top.inside, classes) && !is_unlabelled(name, top, classes))
        throw InputError(fmt::format(
            "{} holds the class folders {} and beside them {}/ with folders of other names ({}); "
            "put the classes into train/, or name one of the two with --data",
            source_, list_folders(classes), name, list_folders(top.inside)));
    }
    for (const FolderPicture& item : tree_.pictures) {
      if (item.parts.size() < 2) continue;
      const std::string& name = item.parts[0];
      if (!tests.contains(name)) {
        place(item, tests.empty() ? Split::kNone : Split::kTrain, name);
      } else if (item.parts.size() == 2 || is_unlabelled(name, tops_.at(name), classes)) {
        leave_out_unlabelled(name);
      } else {
        place(item, tops_.at(name).split, item.parts[1]);
      }
    }
    for (const std::string& name : classes)
      if (tops_.at(name).inside.size() > 1)
        result_.notes.push_back(fmt::format("the folders {} below {}/ are of one class, '{}'",
                                            list_folders(tops_.at(name).inside), name, name));
    find_empty(1, [](const Parts&) { return true; });
  }

  /// A test folder whose pictures lie in no class: test/images/...
  static bool is_unlabelled(const std::string& name, const Top& top, const Names& classes) {
    return top.split != Split::kTrain && top.inside.size() == 1 &&
           !is_subset(top.inside, classes) && says_nothing(*top.inside.begin(), name);
  }

  /// Tells of the folders of classes, `depth` names deep, that no picture lies in.
  template <class Predicate>
  void find_empty(size_t depth, const Predicate& is_class) {
    Names used;
    for (const FolderPicture& item : tree_.pictures)
      if (item.parts.size() > depth)
        used.insert(fmt::format(
            "{}",
            fmt::join(item.parts.begin(), item.parts.begin() + static_cast<long>(depth), "/")));
    for (const Parts& folder : tree_.folders) {
      const std::string path = fmt::format("{}", fmt::join(folder, "/"));
      if (folder.size() == depth && is_class(folder) && !used.contains(path) &&
          !is_beside_pictures(folder.back()))
        result_.empty_classes.push_back(path);
    }
  }

  void place(const FolderPicture& item, Split split, const std::string& label) {
    result_.placed.push_back({item.file, split, label});
  }
  void leave_out(const std::string& why) { ++left_out_[why]; }
  void leave_out_unlabelled(const std::string& folder) { leave_out(why_unlabelled(folder)); }
  static std::string why_unlabelled(const std::string& folder) {
    return fmt::format("of {}/, without labels: left out (`nasnet predict` classifies such)",
                       folder);
  }
  void leave_out_stray(const FolderPicture& item) {
    if (first_stray_.empty()) first_stray_ = item.file->path;
    leave_out(fmt::format("in no class folder: left out (the first is {})", first_stray_));
  }

  const std::string& source_;
  FolderTree tree_;
  Tops tops_;
  std::map<std::string, int64_t> left_out_;
  std::string first_stray_;
  Arrangement result_;
};

}  // namespace

Arrangement arrange_by_folders(const std::vector<const ImageFile*>& images,
                               const std::vector<std::string>& folders, const std::string& source) {
  return FolderLayout(images, folders, source).arrange();
}

}  // namespace nasnet::data
