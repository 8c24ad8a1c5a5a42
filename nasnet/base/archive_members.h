#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace nasnet {

enum class MemberKind { kFile, kFolder, kSymbolicLink, kHardLink, kOther };

/// One member of an archive.
struct Member {
  /// Printable, with "/" between and neither "." nor ".." (which end at the archive's root).
  std::string path;
  MemberKind kind = MemberKind::kFile;
  std::string target;  ///< of links; a symbolic link's as it stands, a hard link's like a path
  std::string fault;   ///< why it cannot be read: a password, a name without characters
};

struct MemberList {
  std::vector<Member> members;  ///< in the archive's order
  std::string fault;            ///< why the list ends before the archive does, or ""
};

/// The members' headers. Names that are not UTF-8 are read in the code page that guess_code_page()
/// takes them for in a zip, and printed by their bytes in the other kinds; "\" is a separator in a
/// zip whose names have no "/". Throws InputError where the file is no archive at all.
MemberList list_members(const std::string& file);

/// Content of a member, or why it cannot be read.
struct MemberContent {
  std::string bytes, fault;
};

/// Reads those members for which `largest` gives the bytes that they may have, not 0, and hands
/// them to `take` in their order. A damaged member does not affect others, unless nothing behind it
/// can be read; then `take` gets a fault for each of them.
void read_members(const std::string& file, const MemberList& list,
                  const std::vector<size_t>& largest,
                  const std::function<void(size_t, const MemberContent&)>& take);

}  // namespace nasnet
