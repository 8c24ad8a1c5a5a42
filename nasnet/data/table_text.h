#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet::data {

/// A table as text: rows of fields, each with the number of the line that it begins in.
struct TableRow {
  std::vector<std::string> fields;
  size_t line = 0;  ///< from 1
};

/// Reads comma-separated values as of RFC 4180 (quotes, doubled quotes and line ends within them),
/// or values between tabs, semicolons or blanks: whichever of these, in the order tab, comma,
/// semicolon, stands in the first line. A byte-order mark, either kind of line end and empty lines
/// are taken; blanks around a field are not part of it. Takes any bytes; a quote that is never
/// closed ends with the text.
std::vector<TableRow> read_table(std::string_view text);

/// A table of JSON objects, one a line: a row of the first object's keys, then the values; what is
/// neither text nor a number is "". Throws InputError that names `file` and the line that is none.
std::vector<TableRow> read_json_lines(std::string_view text, const std::string& file);

}  // namespace nasnet::data
