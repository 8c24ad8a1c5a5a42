#pragma once

#include <string>
#include <vector>

#include "cli/verb_text.h"

namespace nasnet::cli {

/// A verb's help, in lines of `width` columns where words allow it. `all`: every setting, by topic;
/// else those that everyone needs, or all where there are few or none is marked as such.
std::string verb_help(const VerbText& verb, bool all, int width);

/// The program's help: what to type first, and its verbs.
std::string program_help(const std::vector<VerbText>& verbs, int width);

/// The text that `nasnet` prints without a verb.
std::string first_words();

}  // namespace nasnet::cli
