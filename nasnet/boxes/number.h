#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace nasnet::boxes {

/// The finite number that a text is, as "10", "10.5" or "1e-3", with blanks around it; none for any
/// other text.
inline std::optional<double> parse_number(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

}  // namespace nasnet::boxes
