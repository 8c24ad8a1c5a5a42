#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// The lines of a text that are not empty, without their ends (\n or \r\n).
std::vector<std::string> lines_of(std::string_view text);

/// How two lists of names differ, in words: "only here: 2 (cat, dog); only there: 1 (bird)", or
/// that they stand in another order. `mine` and `theirs` say whose each list is.
std::string describe_difference(const std::vector<std::string>& a, const std::string& mine,
                                const std::vector<std::string>& b, const std::string& theirs);

/// Parses a text of decimal digits only; none for anything else, for "", and beyond 64 bits.
std::optional<int64_t> parse_digits(std::string_view text);

/// 1,234,567.
std::string thousands(int64_t number);

/// "2GB", "1.5 GiB", "800MB", or a bare number of bytes; k, M, G and T with or without the B are
/// powers of 1000, with "i" of 1024; "" is 0. Throws InputError that begins with `name`.
int64_t parse_bytes(const std::string& text, const std::string& name);
/// "1.50 GB", "830 MB", "8.3 MB": units of 1000.
std::string format_bytes(int64_t bytes);

}  // namespace nasnet
