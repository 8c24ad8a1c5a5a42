#include "nasnet/data/folder_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/data/foreign_form.h"

namespace nasnet::data {
namespace {

using Names = std::set<std::string>;

struct Item {
  const ImageFile* file;
  Parts parts;
};

/// A folder at the top: which split its name says, and where its pictures lie.
struct Top {
  Split split = Split::kNone;
  int64_t direct = 0;  ///< in the folder itself
  int64_t nested = 0;  ///< in folders below it
  Names inside;        ///< those folders
};

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

/// Whether a split's only folder adds nothing: train/train, seg_train/seg_train, test/images.
bool says_nothing(const std::string& inner, const std::string& split) {
  return lower_case(inner) == lower_case(split) || split_named("train " + inner) == Split::kTrain ||
         split_named(inner) != Split::kNone;
}

class FolderLayout {
 public:
  FolderLayout(const std::vector<const ImageFile*>& images, const std::vector<std::string>& folders,
               const std::string& source)
      : source_(source) {
    for (const ImageFile* file : images) items_.push_back({file, split_path(file->path)});
    for (const std::string& folder : folders) folders_.push_back(split_path(folder));
    strip_wrapping();
    look();
  }

  Arrangement arrange() {
    if (tops_.empty())
      throw NoClasses(
          fmt::format("{}: {} lies in no class folder; make one folder a class and put the images "
                      "there, or add a list of labels (labels.csv: file name, label)",
                      source_, items_[0].file->path));
    if (splits_are_above()) {
      arrange_splits();
    } else if (splits_are_below()) {
      for (const Item& item : items_) {
        if (item.parts.size() < 2) continue;
        place(item, split_named(item.parts[1]), item.parts[0]);
      }
    } else {
      arrange_classes();
    }
    for (const Item& item : items_)
      if (item.parts.size() < 2) leave_out_stray(item);
    for (auto& [why, images] : left_out_) result_.left_out.push_back({images, why});
    return std::move(result_);
  }

 private:
  /// A folder that holds everything is no class: the archive's own name, as a rule. Pictures beside
  /// it are strays.
  void strip_wrapping() {
    for (;;) {
      Names tops;
      bool deep = false;
      for (const Item& item : items_) {
        if (item.parts.size() >= 2) tops.insert(item.parts[0]);
        deep = deep || item.parts.size() >= 3;
      }
      if (tops.size() != 1 || !deep) return;
      for (Item& item : items_)
        if (item.parts.size() >= 2) item.parts.erase(item.parts.begin());
      std::erase_if(folders_, [&](const Parts& folder) {
        return folder.size() < 2 || folder[0] != *tops.begin();
      });
      for (Parts& folder : folders_) folder.erase(folder.begin());
    }
  }

  void look() {
    Names names;
    for (const Item& item : items_)
      if (item.parts.size() >= 2) names.insert(item.parts[0]);
    for (const std::string& name : names) tops_[name].split = split_among(name, names);
    for (const Item& item : items_) {
      if (item.parts.size() < 2) continue;
      Top& top = tops_[item.parts[0]];
      ++(item.parts.size() == 2 ? top.direct : top.nested);
      if (item.parts.size() > 2) top.inside.insert(item.parts[1]);
    }
  }

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
      (train && test && !other ? divided : whole).insert(name);
      if (train && test && other)
        throw InputError(
            fmt::format("{}: {}/ holds pictures beside those of its folders {}; put all of a class "
                        "into train/ and test/, or none",
                        source_, name, list_folders(top.inside)));
    }
    if (divided.empty()) return false;
    for (const Item& item : items_) deeper = deeper || item.parts.size() > 3;
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

  /// train/train/CLASS and seg_train/seg_train/CLASS: a split's folder that holds only itself.
  void strip_inner(const std::string& name, Top& top) {
    while (top.inside.size() == 1 && top.direct == 0) {
      const std::string inner = *top.inside.begin();
      Names deeper;
      for (const Item& item : items_)
        if (item.parts[0] == name && item.parts.size() > 3) deeper.insert(item.parts[2]);
      if (!says_nothing(inner, name) || deeper.empty()) return;
      top = {top.split, 0, 0, deeper};
      for (Item& item : items_) {
        if (item.parts[0] != name || item.parts.size() < 3) continue;
        item.parts.erase(item.parts.begin() + 1);
        ++(item.parts.size() == 2 ? top.direct : top.nested);
      }
      const auto is_inside = [&](const Parts& folder) {
        return folder.size() > 1 && folder[0] == name && folder[1] == inner;
      };
      std::erase_if(folders_,
                    [&](const Parts& folder) { return folder.size() == 2 && is_inside(folder); });
      for (Parts& folder : folders_)
        if (is_inside(folder)) folder.erase(folder.begin() + 1);
    }
  }

  void arrange_splits() {
    Names classes;
    for (auto& [name, top] : tops_) {
      if (top.split == Split::kNone) continue;
      strip_inner(name, top);
      if (top.split == Split::kTrain) classes.insert(top.inside.begin(), top.inside.end());
    }
    const Names splits = tops_where([](const Top& top) { return top.split != Split::kNone; });
    for (const Item& item : items_) {
      if (item.parts.size() < 2) continue;
      const Top& top = tops_.at(item.parts[0]);
      if (top.split == Split::kNone) {
        leave_out(
            fmt::format("of {}/, beside {}, are left out", item.parts[0], list_folders(splits)));
      } else if (top.split == Split::kTrain && item.parts.size() == 2) {
        leave_out_stray(item);
      } else if (item.parts.size() == 2 || is_unlabelled(item.parts[0], top, classes)) {
        leave_out_unlabelled(item.parts[0]);
      } else {
        place(item, top.split, item.parts[1]);
      }
    }
    check_empty(2, [&](const Parts& folder) {
      const auto top = tops_.find(folder[0]);
      return top != tops_.end() && top->second.split != Split::kNone && top->second.nested > 0 &&
             !is_unlabelled(folder[0], top->second, classes);
    });
  }

  /// CLASS/..., perhaps with a test folder beside the classes.
  void arrange_classes() {
    Names classes = tops_where([](const Top& top) { return top.split == Split::kNone; });
    Names tests;
    for (const auto& [name, top] : tops_) {
      const bool opposite = tops_.contains("in" + name);  // valid/ and invalid/ are classes
      const bool test = top.split == Split::kTest || top.split == Split::kValidation;
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
    for (const Item& item : items_) {
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
    check_empty(1, [](const Parts&) { return true; });
  }

  /// A test folder whose pictures lie in no class: test/images/...
  static bool is_unlabelled(const std::string& name, const Top& top, const Names& classes) {
    return top.split != Split::kTrain && top.inside.size() == 1 &&
           !is_subset(top.inside, classes) && says_nothing(*top.inside.begin(), name);
  }

  template <class Predicate>
  void check_empty(size_t depth, const Predicate& is_class) const {
    Names used;
    for (const Item& item : items_)
      if (item.parts.size() > depth)
        used.insert(fmt::format(
            "{}",
            fmt::join(item.parts.begin(), item.parts.begin() + static_cast<long>(depth), "/")));
    for (const Parts& folder : folders_) {
      const std::string path = fmt::format("{}", fmt::join(folder, "/"));
      if (folder.size() == depth && is_class(folder) && !used.contains(path) &&
          !is_beside_pictures(folder.back()))
        throw InputError(fmt::format("{}: class '{}' has no images; add some, or remove its folder",
                                     source_, path));
    }
  }

  void place(const Item& item, Split split, const std::string& label) {
    result_.placed.push_back({item.file, split, label});
  }
  void leave_out(const std::string& why) { ++left_out_[why]; }
  void leave_out_unlabelled(const std::string& folder) {
    leave_out(fmt::format(
        "of {}/ have no labels and are left out: `nasnet predict` classifies such", folder));
  }
  void leave_out_stray(const Item& item) {
    if (first_stray_.empty()) first_stray_ = item.file->path;
    leave_out(fmt::format("in no class folder are left out (the first is {})", first_stray_));
  }

  const std::string& source_;
  std::vector<Item> items_;
  std::vector<Parts> folders_;
  std::map<std::string, Top> tops_;
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
