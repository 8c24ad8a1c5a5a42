#pragma once

#include <string>
#include <vector>

#include "cli/verb_text.h"

namespace nasnet::cli {

/// The program's manual page in roff, section 1, from the verbs' own declarations.
std::string manual(const std::vector<VerbText>& verbs, const std::string& version);

}  // namespace nasnet::cli
