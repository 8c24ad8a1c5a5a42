#pragma once

#include <string>
#include <string_view>

namespace nasnet::data {

/// The text of a PNG's chunk of text whose keyword is `key`; "" where the chunk, `name`, is another
/// one, is damaged or holds more than 1 MiB. PNG 1.2, 4.2.3: tEXt, zTXt (packed) and iTXt (either).
std::string png_text(std::string_view name, std::string_view content, std::string_view key);

/// The bytes of ImageMagick's "Raw profile type ..." texts: a name, a number of bytes and these in
/// hexadecimal, over several lines. "" where it is none.
std::string raw_profile(std::string_view text);

}  // namespace nasnet::data
