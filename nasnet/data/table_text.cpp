#include "nasnet/data/table_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"

// Tables as people and programs write them: first the separator is found, then the rows are read,
// then comments before them are dropped. The rows need not make sense yet: list_columns.cpp judges
// that.

namespace nasnet::data {
namespace {

/// Within a line; a tab may be a separator as well.
constexpr std::string_view kBlanks = " \t";

/// Without the characters of `blanks` at both ends.
std::string trim(std::string_view text, std::string_view blanks) {
  const size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

/// ' ' for any number of blanks. Comments before the first row have no say.
char find_separator(std::string_view text) {
  std::string_view line = first_line(text);
  while (line.starts_with('#') && line.size() < text.size()) {
    text.remove_prefix(line.size() + 1);
    line = first_line(text);
  }
  for (const char separator : {'\t', ',', ';'})
    if (line.find(separator) != std::string_view::npos) return separator;
  return ' ';
}

/// See read_table().
void drop_comments(std::vector<TableRow>& rows) {
  const auto is_comment = [](const TableRow& row) { return row.fields[0].starts_with('#'); };
  const auto first = std::find_if_not(rows.begin(), rows.end(), is_comment);
  if (first == rows.begin() || first == rows.end()) return;
  const auto last = first - 1;
  std::string& name = last->fields[0];
  if (name == "#")  // "# file label"
    last->fields.erase(last->fields.begin());
  else
    name = trim(name.substr(1), kBlanks);
  rows.erase(rows.begin(), last->fields.size() == first->fields.size() ? last : first);
}

/// Reads fields one after the other, and counts lines also within quotes.
class Reader {
 public:
  Reader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  std::vector<TableRow> read() {
    while (at_ < text_.size()) {
      TableRow row{{}, line_};
      read_row(row);
      if (row.fields.size() > 1 || !row.fields[0].empty()) rows_.push_back(std::move(row));
    }
    return std::move(rows_);
  }

 private:
  /// \n, \r\n and \r alone end a line.
  bool at_line_end() const {
    return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
  }
  /// A tab that separates is not skipped: an empty field may stand before it. Where blanks
  /// separate, any number of them is one.
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] != separator_ &&
           kBlanks.find(text_[at_]) != std::string_view::npos)
      ++at_;
    while (separator_ == ' ' && at_ < text_.size() && kBlanks.find(text_[at_]) != kBlanks.npos)
      ++at_;
  }

  void read_row(TableRow& row) {
    for (;;) {
      skip_blanks();
      row.fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : plain());
      skip_blanks();
      if (at_line_end()) break;
      if (text_[at_] == separator_) ++at_;
    }
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  std::string plain() {
    const size_t begin = at_;
    while (!at_line_end() && text_[at_] != separator_ && !(separator_ == ' ' && text_[at_] == '\t'))
      ++at_;
    return trim(text_.substr(begin, at_ - begin), kBlanks);
  }

  std::string quoted() {
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        field += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        field += text_[++at_];
      } else {
        ++at_;
        return field + plain();  // what follows the quote belongs to the field
      }
    }
    return field;
  }

  std::string_view text_;
  char separator_;
  size_t at_ = 0, line_ = 1;
  std::vector<TableRow> rows_;
};

/// A value as a field; what is neither text nor a number is "".
std::string field_of(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() || value.is_boolean() ? value.dump() : "";
}

/// Adds an object's values as a row below those of the first one's keys.
void add_object(const nlohmann::json& object, size_t line, std::vector<TableRow>& rows) {
  if (rows.empty()) {
    rows.push_back({{}, 0});
    for (const auto& [key, value] : object.items()) rows[0].fields.push_back(key);
  }
  TableRow row{{}, line};
  for (const std::string& key : rows[0].fields)
    row.fields.push_back(field_of(object.value(key, nlohmann::json())));
  rows.push_back(std::move(row));
}

}  // namespace

std::vector<TableRow> read_table(std::string_view text) {
  const std::string_view line = first_line(text);
  // Excel's own line, which says how the rest is separated.
  const bool told = line.size() == 5 && line.starts_with("sep=");
  const char separator = told ? line[4] : find_separator(text);
  if (told) text.remove_prefix(line.size());
  std::vector<TableRow> rows = Reader(text, separator).read();
  drop_comments(rows);
  return rows;
}

std::vector<TableRow> split_at_last_blank(std::string_view text) {
  std::vector<TableRow> rows;
  size_t number = 0;
  for (size_t begin = 0; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = trim(text.substr(begin, end - begin), " \t\r");
    begin = end + 1;
    const size_t blank = line.find_last_of(kBlanks);
    if (blank != std::string::npos)
      rows.push_back({{trim(line.substr(0, blank), kBlanks), line.substr(blank + 1)}, number + 1});
  }
  return rows;
}

std::vector<TableRow> read_json_lines(std::string_view text, const std::string& file) {
  std::vector<TableRow> rows;
  size_t line = 0;
  for (size_t begin = 0; begin < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string one = trim(text.substr(begin, end - begin), " \t\r");
    begin = end + 1;
    if (one.empty()) continue;
    const auto object = nlohmann::json::parse(one, nullptr, false);
    if (!object.is_object())
      throw InputError(fmt::format("{}: line {} is no JSON object", file, line + 1));
    add_object(object, line + 1, rows);
  }
  return rows;
}

std::vector<TableRow> read_json_table(std::string_view text) {
  using nlohmann::json;
  json table = json::parse(text, nullptr, false);
  // Unwraps the one array; an array of names below one key is a class with its images, though.
  if (table.is_object() && table.size() == 1 && table.begin()->is_array() &&
      !table.begin()->empty() && !table.begin()->front().is_string())
    table = json(*table.begin());
  std::vector<TableRow> rows;
  if (table.is_array()) {
    for (const json& item : table) {
      if (item.is_object())
        add_object(item, rows.size() + 1, rows);
      else if (item.is_array() && item.size() == 2)
        rows.push_back({{field_of(item[0]), field_of(item[1])}, rows.size() + 1});
      else
        // A part of another form: it is no table, and half of one would mislead.
        return {};
    }
  } else if (table.is_object()) {
    for (const auto& [key, value] : table.items())
      for (const json& item : value.is_array() ? value : json::array({value}))
        if (item.is_primitive())
          rows.push_back(value.is_array() ? TableRow{{field_of(item), key}, rows.size() + 1}
                                          : TableRow{{key, field_of(item)}, rows.size() + 1});
        else
          return {};
  }
  return rows;
}

}  // namespace nasnet::data
