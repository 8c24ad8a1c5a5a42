#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet::report {

/// Any bytes as text of HTML and XML: bytes that are no UTF-8 and control characters as \xHH, and
/// the five characters that mean something escaped, so that it may stand in attributes too.
std::string html_text(std::string_view text);

/// The same of each line, for `<pre>`.
std::string html_lines(std::string_view text);

/// `<p>` of a text; "" for an empty one. Lines of the text run on.
std::string html_paragraph(std::string_view text, std::string_view css_class = "");

/// A list of texts; "" for none.
std::string html_list(const std::vector<std::string>& texts);

/// A table of texts, in a box of its own that scrolls where the page is narrow. Columns from
/// `first_number` on are numbers, aligned to the right.
std::string html_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows, size_t first_number);

/// A picture as SVG made to stand within a page that has others: without the prologue, comments,
/// titles and ids, read out as `label`.
std::string inline_svg(const std::string& svg, const std::string& label);

}  // namespace nasnet::report
