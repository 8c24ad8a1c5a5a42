#pragma once

#include <cstddef>

#include "nasnet/base/archive_members.h"

namespace nasnet {

/// Adds a member with its name as stored; one that has none, or too long a one, gets one by its
/// number from 1, and a fault.
void add_member(Member member, MemberList& list);

/// Makes text of the names as an archive has stored them, and paths as Member::path has them; sets
/// how many members the list has of its own. `zip` tells the kind of archive.
void make_text_of_names(bool zip, MemberList& list);

}  // namespace nasnet
