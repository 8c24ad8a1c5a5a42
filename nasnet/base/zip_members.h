#pragma once

#include <optional>
#include <string>

#include "nasnet/base/archive_members.h"

namespace nasnet {

// The two passes of archive_members.h over a zip: its directory says where each member lies, so
// that they are read in any order, and from any thread.

/// Nothing of a file that is no zip with a directory at its end.
std::optional<MemberList> list_zip_members(const std::string& file);

/// As read_members().
void read_zip_members(const std::string& file, const MemberList& list,
                      const std::vector<size_t>& largest,
                      const std::function<void(size_t, const MemberContent&)>& take);

}  // namespace nasnet
