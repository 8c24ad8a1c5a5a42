#pragma once

#include <nasnet/error.h>

#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// The candidate nearest to `name` by edit distance, or "" where none is near enough to be meant.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// `; did you mean 'x'?` where a near candidate exists, else `; choose from a, b, c`.
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace nasnet
