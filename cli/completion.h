#pragma once

#include <string>
#include <vector>

#include "cli/verb_text.h"

namespace nasnet::cli {

// Scripts that complete verbs, flags, enumerated values and files in a shell. They hold all that
// they need, so that completing starts no program.
std::string bash_completion(const std::vector<VerbText>& verbs);
std::string zsh_completion(const std::vector<VerbText>& verbs);
std::string fish_completion(const std::vector<VerbText>& verbs);

}  // namespace nasnet::cli
