#pragma once

#include <nasnet/error.h>

#include <string>
#include <string_view>
#include <vector>

namespace nasnet {

/// The candidate nearest to `name` by edit distance; "" where even that is more than
/// max(2, a third of name's length) edits away, or shares no letter with it.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// The end of a message about an unknown name: `; did you mean 'x'?` where nearest() finds one;
/// `; choose from a, b, c` where it does not.
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace nasnet
