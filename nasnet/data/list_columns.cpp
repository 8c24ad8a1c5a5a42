#include "nasnet/data/list_columns.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

// Columns by their names where there is a header, and by their fields where there is none. The
// column of pictures comes first, as all else is judged beside it; only then the header, the split,
// and the label, which may be what is left.

namespace nasnet::data {
namespace {

constexpr size_t kNone = ListColumns::kNone;

/// In the order of preference: names of classes before their numbers.
const std::vector<std::string> kLabelColumns = {
    "label_name", "class_name", "category_name", "label",    "labels",     "class",
    "classes",    "category",   "target",        "breed",    "species",    "diagnosis",
    "y",          "tag",        "label_id",      "class_id", "category_id"};
const std::vector<std::string> kSplitColumns = {"split", "subset", "partition", "set", "phase"};
const std::set<std::string> kFileColumns = {
    "file", "file_name", "filename", "image",    "images",    "image_id",   "imageid",
    "id",   "path",      "img",      "filepath", "file_path", "image_path", "name"};
/// A table of boxes has a row an object: its classes are not those of pictures.
const std::set<std::string> kBoxColumns = {"xmin", "x_min", "x0", "x1", "bbox", "bndbox"};

/// Columns of yes and no, and the splits that these say.
struct FlagColumn {
  const char* name;
  Split if_true, if_false;
};
constexpr FlagColumn kFlagColumns[] = {{"is_train", Split::kTrain, Split::kTest},
                                       {"is_training", Split::kTrain, Split::kTest},
                                       {"is_training_image", Split::kTrain, Split::kTest},
                                       {"is_test", Split::kTest, Split::kTrain},
                                       {"is_testing", Split::kTest, Split::kTrain},
                                       {"is_valid", Split::kValidation, Split::kTrain},
                                       {"is_val", Split::kValidation, Split::kTrain},
                                       {"is_validation", Split::kValidation, Split::kTrain}};

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
  return kNone;
}

bool is_whole_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

class ColumnFinder {
 public:
  ColumnFinder(const std::vector<TableRow>& rows, const std::string& list,
               const ImageLookup& lookup, Split own_split)
      : rows_(rows), list_(list), lookup_(lookup), own_split_(own_split) {}

  std::optional<ListColumns> find() {
    if (!find_files()) return std::nullopt;
    read_header();
    for (const std::string& name : header_)
      if (kBoxColumns.contains(name)) return std::nullopt;
    found_.label = find_column(header_, kLabelColumns);
    if (found_.label == kNone) {
      // ImageNet's on Kaggle: "n01751748 111 108 230 366 n01751748 ...".
      found_.label = find_column(header_, {"predictionstring"});
      found_.first_word = found_.label != kNone;
    }
    find_split();
    if (found_.label == kNone) find_unnamed();
    return found_;
  }

 private:
  /// Calls visit(field) for the column's fields below the header.
  template <class Visit>
  void for_column(size_t column, const Visit& visit) const {
    for (size_t i = found_.first_row; i < rows_.size(); ++i) visit(field_of(rows_[i], column));
  }

  /// True if all of the column's fields fulfil the condition.
  template <class Condition>
  bool holds(size_t column, const Condition& condition) const {
    bool all = true;
    for_column(column, [&](const std::string& field) { all = all && condition(field); });
    return all;
  }

  std::set<std::string> values(size_t column) const {
    std::set<std::string> fields;
    for_column(column, [&](const std::string& field) { fields.insert(field); });
    return fields;
  }

  bool find_files() {
    size_t most = 0;
    // Rows that are enough to tell; each field is looked up among all pictures.
    constexpr size_t kSample = 500;
    for (size_t k = 0; k < rows_[0].fields.size(); ++k) {
      std::set<const ImageFile*> files;
      for (size_t i = 0; i < std::min(rows_.size(), kSample); ++i)
        for (const ImageFile* file : lookup_.find(field_of(rows_[i], k), list_, own_split_))
          files.insert(file);
      if (files.size() <= most) continue;
      most = files.size();
      found_.file = k;
    }
    return most > 0;
  }

  /// The first row is a header where one of its fields is the name of a column, or where it can
  /// name no picture and its other fields occur nowhere else.
  void read_header() {
    std::vector<std::string> names;
    for (const std::string& field : rows_[0].fields) names.push_back(column_name(field));
    const std::string& file = field_of(rows_[0], found_.file);
    if (!lookup_.find(file, list_, own_split_).empty()) return;
    bool known =
        kFileColumns.contains(names[found_.file]) || find_column(names, kLabelColumns) != kNone;
    if (!known && file.find_first_of("./") == std::string::npos) {
      known = true;
      for (size_t i = 1; i < rows_.size(); ++i)
        for (size_t k = 0; k < names.size(); ++k)
          if (k != found_.file && field_of(rows_[i], k) == field_of(rows_[0], k)) known = false;
    }
    if (!known) return;
    header_ = names;
    found_.first_row = 1;
  }

  bool is_flag(size_t column) const {
    static const std::set<std::string> kFlags = {"0", "1", "false", "true"};
    return column < rows_[0].fields.size() && holds(column, [](const std::string& field) {
             return kFlags.contains(lower_case(field));
           });
  }

  void find_split() {
    found_.split = find_column(header_, kSplitColumns);
    if (found_.split != kNone) return;
    const auto take = [&](size_t column, Split if_true, Split if_false) {
      if (!is_flag(column)) return;
      found_.split = column;
      found_.if_true = if_true;
      found_.if_false = if_false;
    };
    for (const FlagColumn& flag : kFlagColumns)
      if (found_.split == kNone)
        take(find_column(header_, {flag.name}), flag.if_true, flag.if_false);
    // Without a header: a column whose fields all name splits.
    if (!header_.empty()) return;
    for (size_t k = 0; k < rows_[0].fields.size(); ++k)
      if (k != found_.file && values(k).size() > 1 &&
          holds(k, [](const std::string& field) { return split_named(field) != Split::kNone; }))
        found_.split = k;
    // train_test_split.txt: "17 1" says that picture 17 is trained on.
    const std::string stem = lower_case(std::filesystem::path(list_).stem().string());
    if (rows_[0].fields.size() == 2 && stem.starts_with("train") &&
        stem.find("test") != std::string::npos)
      take(1 - found_.file, Split::kTrain, Split::kTest);
  }

  /// The label where no column is called so: the only other one, that of folders' names, or several
  /// of 0 and 1.
  void find_unnamed() {
    std::vector<size_t> others;
    for (size_t k = 0; k < rows_[0].fields.size(); ++k)
      if (k != found_.file && k != found_.split) others.push_back(k);
    if (others.size() == 1) {
      const size_t count = values(others[0]).size();
      // A column that says another thing of each picture is no label.
      if (count < rows_.size() - found_.first_row)
        found_.label = others[0];
      else if (holds(others[0], is_whole_number))
        found_.id = others[0];
    } else if (others.size() > 1 && header_.empty()) {
      for (const size_t k : others)
        if (holds(k, [&](const std::string& field) { return lookup_.is_folder(field); }))
          found_.label = found_.label == kNone ? k : found_.label;
    } else if (others.size() > 1 && is_one_hot(others)) {
      found_.one_hot = others;
    }
  }

  /// Just one 1 a row: several would be tags, not a class.
  bool is_one_hot(const std::vector<size_t>& columns) const {
    const auto is_bit = [](const std::string& value) {
      return value == "0" || value == "1" || value == "0.0" || value == "1.0";
    };
    for (size_t i = found_.first_row; i < rows_.size(); ++i) {
      size_t ones = 0;
      for (const size_t k : columns) {
        const std::string& value = field_of(rows_[i], k);
        if (!is_bit(value)) return false;
        ones += value[0] == '1';
      }
      if (ones != 1) return false;
    }
    return true;
  }

  const std::vector<TableRow>& rows_;
  const std::string& list_;
  const ImageLookup& lookup_;
  const Split own_split_;
  std::vector<std::string> header_;  ///< names of columns, none without one
  ListColumns found_;
};

}  // namespace

const std::string& field_of(const TableRow& row, size_t column) {
  static const std::string kEmpty;
  return column < row.fields.size() ? row.fields[column] : kEmpty;
}

std::optional<ListColumns> find_columns(const std::vector<TableRow>& rows, const std::string& list,
                                        const ImageLookup& lookup, Split own_split) {
  if (rows.empty()) return std::nullopt;
  return ColumnFinder(rows, list, lookup, own_split).find();
}

}  // namespace nasnet::data
