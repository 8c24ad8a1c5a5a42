#pragma once

#include <string>
#include <vector>

namespace nasnet::data {

/// True for a path with braces, as WebDataset names shards: train-{000000..000146}.tar.
bool has_braces(const std::string& path);

/// The paths that it stands for, in its order: {a,b} for each of the words, {000..146} for each
/// number, with leading zeros where the bounds have them. Several braces give all combinations, the
/// first the slowest; none lies in another one. Throws InputError where a brace says neither, or
/// all of them more than a million paths.
std::vector<std::string> expand_braces(const std::string& path);

}  // namespace nasnet::data
