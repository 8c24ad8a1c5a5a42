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
/// semicolon, stands in the first line, or that which Excel's "sep=;" before it names. Any kind of
/// line end and empty lines are taken; blanks around a field are not part of it. Lines before the
/// first row that begin with # are comments, unless the last one has as many fields as that row: a
/// header, then. Takes any bytes; a quote that is never closed ends with the text.
std::vector<TableRow> read_table(std::string_view text);

/// Two fields a line, split at its last blank: the first may hold blanks.
std::vector<TableRow> split_at_last_blank(std::string_view text);

/// A table of JSON objects, one a line: a row of the first object's keys, then the values; what is
/// neither text nor a number is "". Throws InputError that names `file` and the line that is none.
std::vector<TableRow> read_json_lines(std::string_view text, const std::string& file);

/// A table in one JSON value: an array of such objects; an object of names and labels, or of
/// labels and arrays of names; an array of pairs, or one within an object (StyleGAN's "labels").
/// No rows where it is none of these.
std::vector<TableRow> read_json_table(std::string_view text);

}  // namespace nasnet::data
