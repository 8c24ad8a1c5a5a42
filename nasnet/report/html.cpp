#include "nasnet/report/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/base/names.h"
#include "nasnet/base/text.h"
#include "nasnet/report/svg.h"

// Pages are HTML that is well-formed XML too: each tag is closed, each attribute quoted, and only
// XML's own entities stand in it, so that any parser reads them.

namespace nasnet::report {
namespace {

std::string joined_lines(std::string_view text) {
  std::string line(text);
  while (line.ends_with('\n')) line.pop_back();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

/// Cuts all stretches that begin and end so.
void cut(std::string& text, std::string_view begin, std::string_view end) {
  std::string kept;
  size_t from = 0;
  for (;;) {
    const size_t first = text.find(begin, from);
    const size_t last = first == std::string::npos ? first : text.find(end, first + begin.size());
    if (last == std::string::npos) break;
    kept += text.substr(from, first - from);
    from = last + end.size();
  }
  text = kept + text.substr(from);
}

}  // namespace

std::string html_text(std::string_view text) {
  return escape_xml(printable(text));
}

std::string html_lines(std::string_view text) {
  std::string lines;
  for (const std::string& line : lines_of(text)) lines += html_text(line) + "\n";
  return lines;
}

std::string html_paragraph(std::string_view text, std::string_view css_class) {
  if (text.empty()) return "";
  return css_class.empty()
             ? fmt::format("<p>{}</p>\n", html_text(joined_lines(text)))
             : fmt::format("<p class=\"{}\">{}</p>\n", css_class, html_text(joined_lines(text)));
}

std::string html_list(const std::vector<std::string>& texts) {
  if (texts.empty()) return "";
  std::string list = "<ul>\n";
  for (const std::string& text : texts)
    list += fmt::format("<li>{}</li>\n", html_text(joined_lines(text)));
  return list + "</ul>\n";
}

std::string html_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows, size_t first_number) {
  const auto row_of = [&](const std::vector<std::string>& cells, const char* tag) {
    NASNET_CHECK(cells.size() == header.size(), "each row has a cell a column");
    std::string row = "<tr>";
    for (size_t i = 0; i < cells.size(); ++i)
      row += fmt::format("<{}{}>{}</{}>", tag, i >= first_number ? " class=\"number\"" : "",
                         html_text(cells[i]), tag);
    return row + "</tr>\n";
  };
  std::string table = "<div class=\"wide\"><table>\n<thead>";
  table += row_of(header, "th") + "</thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : rows) table += row_of(row, "td");
  return table + "</tbody>\n</table></div>\n";
}

std::string inline_svg(const std::string& svg, const std::string& label) {
  const size_t begin = svg.find("<svg");
  NASNET_CHECK(begin != std::string::npos, "a picture is SVG");
  std::string text = svg.substr(begin);
  cut(text, "<!--", "-->\n");
  cut(text, "<title>", "</title>\n");
  cut(text, " id=\"", "\"");
  return fmt::format("<svg role=\"img\" aria-label=\"{}\"{}", html_text(label), text.substr(4));
}

}  // namespace nasnet::report
