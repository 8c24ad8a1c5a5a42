#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nasnet/base/open_files.h"
#include "nasnet/base/zip_directory.h"

namespace nasnet {

enum class MemberKind { kFile, kFolder, kSymbolicLink, kHardLink, kOther };

/// Bytes of an archive's file that are a member's, as they are.
struct MemberPlace {
  uint64_t offset = UINT64_MAX;  ///< this: nowhere as they are
  uint64_t size = 0;

  bool is_known() const { return offset != UINT64_MAX; }
};

/// One member of an archive.
struct Member {
  /// Printable, with "/" between and neither "." nor ".." (which end at the archive's root).
  std::string path;
  MemberKind kind = MemberKind::kFile;
  MemberPlace place = {};
};

struct MemberList {
  /// In the archive's order; then, likewise, those of plain tars that are its members.
  std::vector<Member> members;
  // Few members have these, by their indices: a million of the others take little memory.
  std::map<size_t, std::string> targets;  ///< links': a symbolic one's as it stands, else a path
  std::map<size_t, std::string> faults;   ///< why they cannot be read: a password, an odd name
  std::vector<ZipPlace> zipped;           ///< where a zip's members lie, by member; else none
  size_t own = 0;                         ///< how many of them are no other tar's
  std::string fault;                      ///< why the list ends before the archive does, or ""
  FileStamp stamp;                        ///< of the archive's file

  /// "" where it can be read, and where it is no link.
  const std::string& fault_of(size_t index) const { return found(faults, index); }
  const std::string& target_of(size_t index) const { return found(targets, index); }

 private:
  static const std::string& found(const std::map<size_t, std::string>& texts, size_t index) {
    static const std::string kNone;
    const auto text = texts.find(index);
    return text == texts.end() ? kNone : text->second;
  }
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
