#include "nasnet/data/table_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"

namespace nasnet::data {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string trim(std::string_view text, std::string_view blanks) {
  const size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

/// ' ' for any number of blanks.
char find_separator(std::string_view text) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  for (const char separator : {'\t', ',', ';'})
    if (line.find(separator) != std::string_view::npos) return separator;
  return ' ';
}

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
  bool at_line_end() const {
    return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
  }
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

}  // namespace

std::vector<TableRow> read_table(std::string_view text) {
  text = without_mark(text);
  return Reader(text, find_separator(text)).read();
}

std::vector<TableRow> read_json_lines(std::string_view text, const std::string& file) {
  using nlohmann::json;
  std::vector<TableRow> rows;
  size_t line = 0;
  text = without_mark(text);
  for (size_t begin = 0; begin < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string one = trim(text.substr(begin, end - begin), " \t\r");
    begin = end + 1;
    if (one.empty()) continue;
    const json object = json::parse(one, nullptr, false);
    if (!object.is_object())
      throw InputError(fmt::format("{}: line {} is no JSON object", file, line + 1));
    if (rows.empty()) {
      rows.push_back({{}, 0});
      for (const auto& [key, value] : object.items()) rows[0].fields.push_back(key);
    }
    TableRow row{{}, line + 1};
    for (const std::string& key : rows[0].fields) {
      const json value = object.value(key, json());
      row.fields.push_back(value.is_string()                         ? value.get<std::string>()
                           : value.is_number() || value.is_boolean() ? value.dump()
                                                                     : "");
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace nasnet::data
