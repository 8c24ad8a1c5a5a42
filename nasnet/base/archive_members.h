#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nasnet/base/open_files.h"

namespace nasnet {

enum class MemberKind { kFile, kFolder, kSymbolicLink, kHardLink, kOther };

/// Bytes of an archive's file that are a member's, as they are.
struct MemberPlace {
  uint64_t offset = UINT64_MAX;  ///< this: nowhere, it is packed
  uint64_t size = 0;

  bool is_known() const { return offset != UINT64_MAX; }
};

/// One member of an archive.
struct Member {
  /// Printable, with "/" between and neither "." nor ".." (which end at the archive's root).
  std::string path;
  MemberKind kind = MemberKind::kFile;
  std::string target;  ///< of links; a symbolic link's as it stands, a hard link's like a path
  std::string fault;   ///< why it cannot be read: a password, a name without characters
  MemberPlace place = {};
};

struct MemberList {
  /// In the archive's order; then, likewise, those of plain tars that are its members.
  std::vector<Member> members;
  size_t own = 0;     ///< how many of them are no other tar's
  std::string fault;  ///< why the list ends before the archive does, or ""
  FileStamp stamp;    ///< of the archive's file
};

/// The members' headers. Names that are not UTF-8 are read in the code page that guess_code_page()
/// takes them for in a zip, and printed by their bytes in the other kinds; "\" is a separator in a
/// zip whose names have no "/". A plain tar in a plain tar is a folder, called so without ".tar".
/// Throws InputError where the file is no archive at all, SystemError where it cannot be read.
MemberList list_members(const std::string& file);

/// Content of a member, or why it cannot be read.
struct MemberContent {
  std::string bytes, fault;
};

/// Reads those of the archive's own members for which `largest` gives the bytes that they may have,
/// not 0, and hands them to `take` in their order. A damaged member does not affect others, unless
/// nothing behind it can be read; then `take` gets a fault for each of them.
void read_members(const std::string& file, const MemberList& list,
                  const std::vector<size_t>& largest,
                  const std::function<void(size_t, const MemberContent&)>& take);

}  // namespace nasnet
