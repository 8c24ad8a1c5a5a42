#pragma once

#include <string>
#include <string_view>

namespace nasnet::report {

/// Text for the inside of an element or a quoted attribute: & < > " ' become entities, control
/// characters (which XML cannot hold) are left out.
std::string escape_xml(std::string_view text);

/// The text, cut to so many columns, "..." included, where it has more.
std::string shortened(const std::string& text, int columns);

/// About the width of the text in pixels, rather too wide than too narrow: the reader's font is not
/// known here. Counts characters, not bytes.
double text_width(std::string_view text, double font_size);

}  // namespace nasnet::report
