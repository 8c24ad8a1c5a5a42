#include "nasnet/data/list_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/data/folder_layout.h"
#include "nasnet/data/list_text.h"

// Classes and splits by lists. First all lists are put together, by picture, and contradictions
// between them refused; then numbers get their names; then pictures are placed, those that no list
// has by their folders. A picture in the folder of one class that a list gives another is an error,
// not a choice.

namespace nasnet::data {
namespace {

/// Also of "3.0", as tables have it whose numbers were taken for fractions.
std::optional<int64_t> number_of(std::string_view text) {
  if (text.ends_with(".0")) text.remove_suffix(2);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The label and split that the lists give one picture.
struct Entry {
  std::string label;
  Split split = Split::kNone;
  std::string list;
  size_t line = 0;
};

/// One arrangement: made, arranged once, and gone.
class ListLayout {
 public:
  ListLayout(const std::vector<LabelList>& lists, const std::vector<const ImageFile*>& images,
             const std::vector<std::string>& folders, const std::vector<std::string>& names,
             const std::string& source)
      : lists_(lists), images_(images), folders_(folders), source_(source) {
    for (const LabelList& list : lists) {
      has_labels_ = has_labels_ || list.has_labels;
      for (const ListedImage& image : list.images) take(list, image);
    }
    name_numbers(names);
    if (names.empty()) name_numbers_by_folders();
    for (const auto& [file, entry] : entries_)
      if (!entry.label.empty()) labels_.emplace(common_form(entry.label), entry.label);
  }

  Arrangement arrange() {
    has_labels_ ? arrange_labels() : arrange_splits();
    for (const LabelList& list : lists_) note(list);
    for (const auto& [why, images] : left_out_) result_.left_out.push_back({images, why});
    settle_splits();
    return std::move(result_);
  }

 private:
  /// A picture may be in several lists, one with its label and one with its split.
  void take(const LabelList& list, const ListedImage& image) {
    Entry entry{image.label, image.split, list.path, image.line};
    const auto [place, fresh] = entries_.emplace(image.file, entry);
    if (fresh) return;
    Entry& old = place->second;
    const auto refuse = [&](const char* what, const std::string& a, const std::string& b) {
      throw InputError(fmt::format(
          "{}: {} is listed with two {}, '{}' ({}, line {}) and '{}' ({}, line {}); keep one",
          source_, image.file->path, what, a, old.list, old.line, b, list.path, image.line));
    };
    if (!old.label.empty() && !entry.label.empty() && old.label != entry.label)
      refuse("labels", old.label, entry.label);
    if (old.split != Split::kNone && entry.split != Split::kNone && old.split != entry.split)
      refuse("splits", name_of(old.split), name_of(entry.split));
    if (old.label.empty()) old.label = entry.label;
    if (old.split == Split::kNone) old.split = entry.split;
  }

  static std::string name_of(Split split) {
    return split == Split::kTrain ? "train" : split == Split::kTest ? "test" : "val";
  }

  /// Images of no split are trained on where others are of one; a folder that holds all images is
  /// no split, whatever it is called.
  void settle_splits() {
    std::set<Split> used;
    for (const Placed& image : result_.placed) used.insert(image.split);
    const bool whole = !used.contains(Split::kNone) && !used.contains(Split::kTrain);
    for (Placed& image : result_.placed) {
      if (whole) image.split = Split::kNone;
      if (used.size() > 1 && image.split == Split::kNone) image.split = Split::kTrain;
    }
  }

  /// Labels that are numbers stand for the classes of a list of classes, counted from 0 or 1.
  void name_numbers(const std::vector<std::string>& names) {
    if (names.empty()) return;
    int64_t lowest = static_cast<int64_t>(names.size()), highest = 0;
    for (const auto& [file, entry] : entries_) {
      if (entry.label.empty()) continue;
      const std::optional<int64_t> number = number_of(entry.label);
      if (!number || std::find(names.begin(), names.end(), entry.label) != names.end()) return;
      lowest = std::min(lowest, *number);
      highest = std::max(highest, *number);
    }
    const auto count = static_cast<int64_t>(names.size());
    // Counted from 1 only where the last number says so: a list of part of the classes may lack 0.
    const int64_t first = lowest >= 1 && highest == count ? 1 : 0;
    for (auto& [file, entry] : entries_) {
      if (entry.label.empty()) continue;
      const int64_t index = *number_of(entry.label) - first;
      if (index < 0 || index >= count)
        throw InputError(fmt::format("{}: line {} of {} has label {}, but {} classes are named",
                                     source_, entry.line, entry.list, entry.label, count));
      entry.label = names[index];
    }
  }

  /// Labels that are numbers, one for each folder, stand for the folders' names.
  void name_numbers_by_folders() {
    std::map<std::string, std::string> label_of, folder_of;
    bool one_to_one = true;
    for (const auto& [file, entry] : entries_) {
      if (entry.label.empty()) continue;
      const Parts parts = split_path(file->path);
      if (!number_of(entry.label) || parts.size() < 2) return;
      const std::string& folder = parts[parts.size() - 2];
      const bool agrees = label_of.emplace(folder, entry.label).first->second == entry.label &&
                          folder_of.emplace(entry.label, folder).first->second == folder;
      one_to_one = one_to_one && agrees;
    }
    // One folder that holds all pictures names no class.
    if (label_of.size() < 2) return;
    if (one_to_one) {
      for (auto& [file, entry] : entries_)
        if (!entry.label.empty()) entry.label = folder_of.at(entry.label);
    } else {
      result_.notes.push_back(
          "the folders do not agree with the labels, which are numbers: the "
          "labels are the classes");
    }
  }

  /// The list's label goes first, then the folder's, where it is one of the list's classes.
  void arrange_labels() {
    check_folders();
    for (const ImageFile* file : images_) {
      const auto found = entries_.find(file);
      const Split folder = split_above(file->path);
      if (found != entries_.end() && !found->second.label.empty()) {
        const Split split = found->second.split;
        result_.placed.push_back(
            {file, split == Split::kNone ? folder : split, found->second.label});
      } else if (const std::string label = class_above(file->path); !label.empty()) {
        result_.placed.push_back({file, folder, label});
      } else if (found != entries_.end() || folder == Split::kTest ||
                 folder == Split::kValidation) {
        ++left_out_["without a label: left out (`nasnet predict` classifies such)"];
      } else {
        if (first_unlisted_.empty()) first_unlisted_ = file->path;
        ++left_out_[fmt::format("that no list has: left out (the first is {})", first_unlisted_)];
      }
    }
  }

  /// Classes are folders; the lists only say which split each picture is of.
  void arrange_splits() {
    Arrangement by_folder = arrange_by_folders(images_, folders_, source_);
    result_.notes = std::move(by_folder.notes);
    result_.left_out = std::move(by_folder.left_out);
    result_.empty_classes = std::move(by_folder.empty_classes);
    for (Placed& image : by_folder.placed) {
      const auto found = entries_.find(image.file);
      if (found == entries_.end()) {
        ++left_out_["that no list has: left out"];
        continue;
      }
      if (found->second.split != Split::kNone) image.split = found->second.split;
      result_.placed.push_back(image);
    }
  }

  /// The label that is the name of a folder above the picture, or "".
  std::string class_above(const std::string& path) const {
    const Parts parts = split_path(path);
    for (size_t i = 0; i + 1 < parts.size(); ++i)
      if (const auto label = labels_.find(common_form(parts[i])); label != labels_.end())
        return label->second;
    return "";
  }

  /// True if a part of the path is called so, in whichever form.
  static bool lies_in(const std::string& path, const std::string& folder) {
    const Parts parts = split_path(path);
    return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
      return common_form(part) == common_form(folder);
    });
  }

  /// Throws InputError where folders that are called as classes disagree with the list.
  void check_folders() const {
    const ImageFile* first = nullptr;
    int64_t count = 0;
    for (const ImageFile* file : images_) {
      const auto found = entries_.find(file);
      if (found == entries_.end() || found->second.label.empty()) continue;
      if (lies_in(file->path, found->second.label) || class_above(file->path).empty()) continue;
      if (count++ == 0) first = file;
    }
    if (count == 0) return;
    const Entry& entry = entries_.at(first);
    throw InputError(fmt::format(
        "{}: {} lies in a folder of class '{}', but {} gives it the label '{}' (line {}){}; mend "
        "the list, or remove it",
        source_, first->path, class_above(first->path), entry.list, entry.label, entry.line,
        count > 1 ? fmt::format(", and {} more", count - 1) : ""));
  }

  void note(const LabelList& list) {
    std::set<const ImageFile*> files;
    for (const ListedImage& image : list.images) files.insert(image.file);
    result_.notes.push_back(
        fmt::format("the {} of {} come from {}", list.has_labels ? "labels" : "splits",
                    count_images(static_cast<int64_t>(files.size())), list.path));
    if (list.guessed) result_.notes.push_back(guess_note(list.path));
    if (list.missing > 0)
      result_.notes.push_back(fmt::format("{} listed in {} {} not there (the first is {})",
                                          count_images(list.missing), list.path,
                                          list.missing == 1 ? "is" : "are", list.first_missing));
  }

  const std::vector<LabelList>& lists_;
  const std::vector<const ImageFile*>& images_;
  const std::vector<std::string>& folders_;
  const std::string& source_;
  bool has_labels_ = false;
  std::map<const ImageFile*, Entry> entries_;
  std::map<std::string, std::string> labels_;  ///< by their common form
  std::map<std::string, int64_t> left_out_;
  std::string first_unlisted_;
  Arrangement result_;
};

}  // namespace

Arrangement arrange_by_lists(const std::vector<LabelList>& lists,
                             const std::vector<const ImageFile*>& images,
                             const std::vector<std::string>& folders,
                             const std::vector<std::string>& names, const std::string& source) {
  return ListLayout(lists, images, folders, names, source).arrange();
}

}  // namespace nasnet::data
