#include "nasnet/data/label_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/data/image.h"
#include "nasnet/data/list_columns.h"
#include "nasnet/data/list_text.h"
#include "nasnet/data/table_text.h"

// A list is read as a table, its columns get their meaning (list_columns.cpp), and its rows find
// their pictures. A text that is no table may still be one, split at the last blank of each line.
// A text that is no list of labels gives nothing: any may lie beside the pictures.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// The split that the name of a list tells: train.csv, test_labels.csv, val_annotations.txt.
Split split_of_list(const std::string& path) {
  static const std::set<std::string> kPlain = {"label", "labels", "annotation", "annotations",
                                               "list",  "info",   "meta",       "metadata"};
  std::string rest, word;
  for (const char c : lower_case(fs::path(path).stem().string()) + "_") {
    if (c != '_' && c != '-' && c != '.' && c != ' ') {
      word += c;
      continue;
    }
    if (!kPlain.contains(word)) rest += word + "_";
    word.clear();
  }
  return split_named(rest);
}

/// "-1" and "1" (and "0"): Pascal VOC's lists of the pictures that hold a thing, one for each
/// thing.
bool tells_one_class(const LabelList& list) {
  static const std::set<std::string> kSigns = {"-1", "0", "1"};
  std::set<std::string> labels;
  for (const ListedImage& image : list.images) labels.insert(image.label);
  return labels.contains("-1") &&
         std::includes(kSigns.begin(), kSigns.end(), labels.begin(), labels.end());
}

/// One list. Reading its columns is the constructor's work, finding its pictures that of read().
class ListReader {
 public:
  ListReader(const ImageFile& list, const ImageLookup& lookup)
      : list_(list), lookup_(lookup), own_split_(split_of_list(list.path)) {
    names_split_ = own_split_ != Split::kNone;
    if (!names_split_) own_split_ = split_above(list.path);
    read_rows();
    if (!choose_columns() && !text_.empty()) {
      rows_ = split_at_last_blank(text_);  // names may hold blanks
      has_images_ = choose_columns() && names_mostly_images();
    }
  }

  std::optional<LabelList> read() const {
    const bool splits = columns_.split != ListColumns::kNone ||
                        (names_split_ && !rows_.empty() && rows_[0].fields.size() == 1);
    if (!has_images_ || !(columns_.has_labels() || splits)) return std::nullopt;
    LabelList result;
    result.path = list_.path;
    result.has_labels = columns_.has_labels();
    result.guessed = guessed_;
    for (size_t i = columns_.first_row; i < rows_.size(); ++i) take(rows_[i], result);
    // Such a list would make classes of "-1" and "1".
    if (tells_one_class(result)) return std::nullopt;
    return result;
  }

  /// Calls visit(id, file) where it is a list of ids.
  template <class Visit>
  void for_ids(const Visit& visit) const {
    if (!has_images_ || columns_.id == ListColumns::kNone) return;
    for (size_t i = columns_.first_row; i < rows_.size(); ++i) {
      const auto found = lookup_.find(field_of(rows_[i], columns_.file), list_.path, Split::kNone);
      if (found.size() == 1) visit(field_of(rows_[i], columns_.id), found[0]);
    }
  }

 private:
  void read_rows() {
    const std::string end = lower_case(fs::path(list_.path).extension().string());
    const bool table = end == ".csv" || end == ".tsv" || end == ".txt";
    if (!table && end != ".jsonl" && end != ".json") return;
    const ListText list = decode_list(table || end == ".jsonl" ? list_.read() : read_if_small());
    guessed_ = list.guessed;
    if (end == ".txt") text_ = list.text;
    rows_ = table            ? read_table(list.text)
            : end == ".json" ? read_json_table(list.text)
                             : read_json_lines(list.text, list_.path);
  }

  bool choose_columns() {
    const auto found = find_columns(rows_, list_.path, lookup_, own_split_);
    if (found) columns_ = *found;
    return has_images_ = found.has_value();
  }

  /// Prose that mentions a picture does not.
  bool names_mostly_images() const {
    size_t count = 0;
    for (const TableRow& row : rows_) {
      const std::string& field = field_of(row, columns_.file);
      count += has_image_name(field) || !lookup_.find(field, list_.path, own_split_).empty();
    }
    return 2 * count >= rows_.size();
  }

  /// JSON holds all kinds of things; what is too large is no list of labels.
  std::string read_if_small() const {
    try {
      return list_.read();
    } catch (const InputError&) {
      return "";
    }
  }

  std::string label_of(const TableRow& row) const {
    for (const size_t k : columns_.one_hot)
      if (field_of(row, k).starts_with("1")) return listed_name(rows_[0].fields[k]);
    const std::string& field = field_of(row, columns_.label);
    return listed_name(columns_.first_word ? field.substr(0, field.find(' ')) : field);
  }

  Split split_of(const TableRow& row) const {
    if (columns_.split == ListColumns::kNone) return own_split_;
    const std::string& field = field_of(row, columns_.split);
    if (columns_.if_true != Split::kNone)
      return field == "1" || lower_case(field) == "true" ? columns_.if_true : columns_.if_false;
    const Split split = split_named(field);
    if (split == Split::kNone)
      throw InputError(fmt::format("{}: line {} has the split '{}'; train, val and test are known",
                                   list_.path, row.line, listed_name(field)));
    return split;
  }

  void take(const TableRow& row, LabelList& result) const {
    const std::string& value = field_of(row, columns_.file);
    const Split split = split_of(row);
    const std::vector<const ImageFile*> found = lookup_.find(value, list_.path, split);
    if (found.size() > 1)
      throw InputError(
          fmt::format("{}: '{}' in line {} can be {} and {}; write the path of each image",
                      list_.path, listed_name(value), row.line, found[0]->path, found[1]->path));
    if (found.empty()) {
      if (result.missing++ == 0) result.first_missing = listed_name(value);
      return;
    }
    result.images.push_back({found[0], label_of(row), split, row.line});
  }

  const ImageFile& list_;
  const ImageLookup& lookup_;
  Split own_split_;
  bool names_split_ = false;  ///< the list's own name does
  bool guessed_ = false, has_images_ = false;
  std::string text_;  ///< of a .txt
  std::vector<TableRow> rows_;
  ListColumns columns_;
};

}  // namespace

std::optional<LabelList> read_label_list(const ImageFile& list, const ImageLookup& lookup) {
  // A submission to be filled in gives every picture the same, made-up label.
  const std::string name = lower_case(fs::path(list.path).filename().string());
  if (name.find("submission") != std::string::npos) return std::nullopt;
  return ListReader(list, lookup).read();
}

bool read_ids(const ImageFile& list, ImageLookup& lookup) {
  std::vector<std::pair<std::string, const ImageFile*>> ids;
  ListReader(list, lookup).for_ids([&](const std::string& id, const ImageFile* file) {
    ids.emplace_back(id, file);
  });
  for (const auto& [id, file] : ids) lookup.add_id(id, file);
  return !ids.empty();
}

}  // namespace nasnet::data
