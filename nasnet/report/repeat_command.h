#pragma once

#include <cstdint>
#include <string>

#include "nasnet/search/study/search_settings.h"

namespace nasnet::report {

/// The command that makes the same study again, to be typed into a shell: the settings that differ
/// from the defaults, and the seed. Of a store's address the password is left out.
std::string repeat_command(const search::SearchSettings& settings, uint64_t seed);

}  // namespace nasnet::report
