#include "nasnet/data/label_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/data/table_text.h"

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

constexpr size_t kNoColumn = ~size_t{0};

/// In the order of preference: names of classes before their numbers.
const std::vector<std::string> kLabelColumns = {
    "label_name", "class_name", "category_name", "label",    "labels",     "class",
    "classes",    "category",   "target",        "breed",    "species",    "diagnosis",
    "y",          "tag",        "label_id",      "class_id", "category_id"};
const std::vector<std::string> kSplitColumns = {"split", "subset", "partition", "set", "phase"};
const std::set<std::string> kFileColumns = {
    "file", "file_name", "filename", "image",     "images",     "image_id", "id",
    "path", "img",       "filepath", "file_path", "image_path", "name"};
/// A table of boxes has a row an object: its classes are not those of pictures.
const std::set<std::string> kBoxColumns = {"xmin", "x_min", "x0", "x1", "bbox", "bndbox"};

std::string column_name(const std::string& field) {
  std::string name = lower_case(field);
  std::replace(name.begin(), name.end(), ' ', '_');
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

size_t find_column(const std::vector<std::string>& header, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    for (size_t k = 0; k < header.size(); ++k)
      if (header[k] == name) return k;
  return kNoColumn;
}

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

class ListReader {
 public:
  ListReader(const ImageFile& list, const ImageLookup& lookup)
      : list_(list), lookup_(lookup), own_split_(split_of_list(list.path)) {
    if (own_split_ == Split::kNone) own_split_ = split_above(list.path);
  }

  std::optional<LabelList> read() {
    const std::string text = list_.read();
    if (list_.path.ends_with(".csv") &&
        (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")))
      throw InputError(fmt::format("{} is a UTF-16 text; save it as UTF-8", list_.path));
    rows_ = list_.path.ends_with(".jsonl") ? read_json_lines(text, list_.path) : read_table(text);
    if (rows_.empty() || !choose_columns()) return std::nullopt;
    LabelList result;
    result.path = list_.path;
    result.has_labels = label_ != kNoColumn || !one_hot_.empty();
    for (size_t i = first_row_; i < rows_.size(); ++i) take(rows_[i], result);
    return result;
  }

 private:
  const std::string& field(const TableRow& row, size_t column) const {
    static const std::string kNone;
    return column < row.fields.size() ? row.fields[column] : kNone;
  }

  bool choose_columns() {
    const size_t columns = rows_[0].fields.size();
    size_t most = 0;
    constexpr size_t kSample = 500;
    for (size_t k = 0; k < columns; ++k) {
      std::set<const ImageFile*> found;
      for (size_t i = 0; i < std::min(rows_.size(), kSample); ++i)
        for (const ImageFile* file : lookup_.find(field(rows_[i], k), list_.path, own_split_))
          found.insert(file);
      if (found.size() > most) {
        most = found.size();
        file_ = k;
      }
    }
    if (most == 0) return false;
    read_header();
    for (const std::string& name : header_)
      if (kBoxColumns.contains(name)) return false;
    label_ = find_column(header_, kLabelColumns);
    split_ = find_column(header_, kSplitColumns);
    if (label_ == kNoColumn) find_unnamed_label(columns);
    return label_ != kNoColumn || !one_hot_.empty() || split_ != kNoColumn ||
           (columns == 1 && split_of_list(list_.path) != Split::kNone);
  }

  /// The first row is a header where one of its fields is the name of a column, or where it can
  /// name no picture and its other fields occur nowhere else.
  void read_header() {
    std::vector<std::string> names;
    for (const std::string& field : rows_[0].fields) names.push_back(column_name(field));
    const std::string& file = field(rows_[0], file_);
    if (!lookup_.find(file, list_.path, own_split_).empty()) return;
    bool known =
        kFileColumns.contains(names[file_]) || find_column(names, kLabelColumns) != kNoColumn;
    if (!known && file.find_first_of("./") == std::string::npos) {
      known = true;
      for (size_t i = 1; i < rows_.size(); ++i)
        for (size_t k = 0; k < names.size(); ++k)
          if (k != file_ && field(rows_[i], k) == field(rows_[0], k)) known = false;
    }
    if (!known) return;
    header_ = names;
    first_row_ = 1;
  }

  void find_unnamed_label(size_t columns) {
    std::vector<size_t> others;
    for (size_t k = 0; k < columns; ++k)
      if (k != file_ && k != split_) others.push_back(k);
    if (others.size() == 1) {
      std::set<std::string> labels;
      for (size_t i = first_row_; i < rows_.size(); ++i) labels.insert(field(rows_[i], others[0]));
      // A column that says another thing of each picture is no label.
      if (labels.size() < rows_.size() - first_row_) label_ = others[0];
    } else if (!header_.empty() && others.size() > 1) {
      const bool hot = std::all_of(
          rows_.begin() + static_cast<std::ptrdiff_t>(first_row_), rows_.end(),
          [&](const TableRow& row) {
            return std::count_if(others.begin(), others.end(),
                                 [&](size_t k) {
                                   return field(row, k) == "1" || field(row, k) == "1.0";
                                 }) == 1 &&
                   std::all_of(others.begin(), others.end(), [&](size_t k) {
                     const std::string& value = field(row, k);
                     return value == "0" || value == "1" || value == "0.0" || value == "1.0";
                   });
          });
      if (hot) one_hot_ = others;
    }
  }

  std::string label_of(const TableRow& row) const {
    for (const size_t k : one_hot_)
      if (field(row, k).starts_with("1")) return rows_[0].fields[k];
    return label_ == kNoColumn ? "" : field(row, label_);
  }

  Split split_of(const TableRow& row) const {
    if (split_ == kNoColumn) return own_split_;
    const Split split = split_named(field(row, split_));
    if (split == Split::kNone)
      throw InputError(fmt::format("{}: line {} has the split '{}'; train, val and test are known",
                                   list_.path, row.line, field(row, split_)));
    return split;
  }

  void take(const TableRow& row, LabelList& result) const {
    const std::string& value = field(row, file_);
    const Split split = split_of(row);
    const std::vector<const ImageFile*> found = lookup_.find(value, list_.path, split);
    if (found.size() > 1)
      throw InputError(
          fmt::format("{}: '{}' in line {} can be {} and {}; write the path of each image",
                      list_.path, value, row.line, found[0]->path, found[1]->path));
    if (found.empty()) {
      if (result.missing++ == 0) result.first_missing = value;
      return;
    }
    result.images.push_back({found[0], label_of(row), split, row.line});
  }

  const ImageFile& list_;
  const ImageLookup& lookup_;
  Split own_split_;
  std::vector<TableRow> rows_;
  std::vector<std::string> header_;  ///< names of columns, "" without one
  size_t first_row_ = 0, file_ = 0, label_ = kNoColumn, split_ = kNoColumn;
  std::vector<size_t> one_hot_;
};

}  // namespace

std::optional<LabelList> read_label_list(const ImageFile& list, const ImageLookup& lookup) {
  const std::string name = lower_case(fs::path(list.path).filename().string());
  // A submission to be filled in gives every picture the same, made-up label.
  if (name.find("submission") != std::string::npos) return std::nullopt;
  if (!name.ends_with(".csv") && !name.ends_with(".tsv") && !name.ends_with(".txt") &&
      !name.ends_with(".jsonl"))
    return std::nullopt;
  return ListReader(list, lookup).read();
}

}  // namespace nasnet::data
