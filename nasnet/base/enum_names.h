#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "nasnet/base/error.h"

namespace nasnet {

/// The names of an enum's values, declared once, in a function beside the enum:
///
///     enum class Launch { kHere, kSlurm };
///     constexpr EnumNames<Launch, 2> names_of(Launch) {
///       return {{{Launch::kHere, "here"}, {Launch::kSlurm, "slurm"}}};
///     }
///
/// They serve the flags, files and the store: a setting may then be a Launch.
template <class E, size_t N>
using EnumNames = std::array<std::pair<E, const char*>, N>;

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) {
  names_of(value);
};

template <NamedEnum E>
std::string to_text(E value) {
  for (const auto& [known, name] : names_of(value))
    if (known == value) return name;
  return "";
}

/// None for a text that is no name of a value.
template <NamedEnum E>
std::optional<E> from_text(std::string_view text) {
  for (const auto& [value, name] : names_of(E{}))
    if (text == name) return value;
  return std::nullopt;
}

template <NamedEnum E>
std::vector<std::string> names_of_all() {
  std::vector<std::string> names;
  for (const auto& [value, name] : names_of(E{})) names.emplace_back(name);
  return names;
}

template <NamedEnum E>
std::vector<E> values_of_all() {
  std::vector<E> values;
  for (const auto& [value, name] : names_of(E{})) values.push_back(value);
  return values;
}

/// Throws InputError, "unknown `noun` ...", with the nearest name.
template <NamedEnum E>
E parse_enum(std::string_view text, const std::string& noun) {
  if (const auto value = from_text<E>(text)) return *value;
  throw InputError("unknown " + noun + " '" + std::string(text) + "'" +
                   suggestion(text, names_of_all<E>()));
}

}  // namespace nasnet
