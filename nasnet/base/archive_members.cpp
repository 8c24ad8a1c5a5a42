#include "nasnet/base/archive_members.h"

#include <archive_entry.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nasnet/base/archive_reader.h"
#include "nasnet/base/code_page.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

// Archives of pictures in two passes: first all headers, so that the tree of folders is known and
// names become text in one code page, then the contents that are wanted. Damage costs what it has
// hit, where the kind of archive allows that: the other pictures can still be used.

namespace nasnet {
namespace {

/// A damaged member of a zip ends its reading; so many times it is begun again behind one.
constexpr int kMostDamages = 100;
/// Linux' limit on a path (PATH_MAX); longer ones cannot be unpacked either.
constexpr size_t kLongestPath = 4096;

/// A member whose header names no type (0) is taken for a file.
MemberKind kind_of(archive_entry* entry) {
  // A hard link with bytes of its own is a file.
  if (archive_entry_hardlink(entry) && archive_entry_size(entry) == 0) return MemberKind::kHardLink;
  switch (archive_entry_filetype(entry)) {
    case 0:
    case AE_IFREG:
      return MemberKind::kFile;
    case AE_IFDIR:
      return MemberKind::kFolder;
    case AE_IFLNK:
      return MemberKind::kSymbolicLink;
    default:
      return MemberKind::kOther;
  }
}

/// libarchive gives nullptr for a name that it cannot convert.
std::string text_or_empty(const char* text) {
  return text ? text : "";
}

/// The members with their names as stored.
MemberList raw_members(const std::string& file, bool& zip) {
  MemberList list;
  ArchiveReader reader(file);
  try {
    while (archive_entry* entry = reader.next()) {
      Member member{text_or_empty(archive_entry_pathname(entry)), kind_of(entry), {}, {}};
      if (member.kind == MemberKind::kHardLink)
        member.target = text_or_empty(archive_entry_hardlink(entry));
      if (member.kind == MemberKind::kSymbolicLink)
        member.target = text_or_empty(archive_entry_symlink(entry));
      if (archive_entry_is_encrypted(entry)) member.fault = kLocked;
      if (member.path.empty() || member.path.size() > kLongestPath) {
        member.fault =
            member.path.empty() ? "has a name that cannot be read" : "has too long a name";
        member.path = fmt::format("member {}", list.members.size() + 1);
      }
      list.members.push_back(std::move(member));
    }
  } catch (const InputError& error) {
    // The members before the damage can be read: only a file without any is refused.
    if (list.members.empty()) throw;
    list.fault = error.what();
  }
  zip = reader.is_zip();
  return list;
}

/// Names as stored become text.
class Naming {
 public:
  Naming(const std::vector<Member>& members, bool zip) {
    std::vector<std::string> foreign, unknown;
    // Zips of some Windows programs separate folders by "\", against the specification: where no
    // name has a "/" it is taken for a separator, and else for a part of the name.
    bool slash = false;
    for (const Member& member : members) {
      slash = slash || member.path.find('/') != std::string::npos;
      if (!is_ascii(member.path)) foreign.push_back(member.path);
      if (!is_utf8(member.path)) unknown.push_back(member.path);
    }
    backslash_separates_ = zip && !slash;
    if (!zip || unknown.empty()) return;
    // Where all names read as one script, some may be UTF-8 by chance.
    page_ = guess_code_page(foreign);
    converts_all_ = page_ != kDefaultCodePage;
    if (!converts_all_) page_ = guess_code_page(unknown);
  }

  std::string text_of(const std::string& stored) const {
    std::string text = stored;
    if (!page_.empty() && (converts_all_ || !is_utf8(stored))) {
      const std::string converted = from_code_page(stored, page_);
      // A name that is invalid in the code page stays as it is, and is printed by its bytes.
      if (!converted.empty()) text = converted;
    }
    if (backslash_separates_) std::replace(text.begin(), text.end(), '\\', '/');
    return text;
  }

 private:
  static bool is_ascii(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
  }

  bool converts_all_ = false;
  std::string page_;  ///< "": names that are not UTF-8 stay as they are
  bool backslash_separates_ = false;
};

/// The path without empty parts, "." and "..": nothing leads out of the archive's root.
std::string tidy_path(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('/', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(printable(part));
    begin = end + 1;
  }
  return fmt::format("{}", fmt::join(parts, "/"));
}

/// Reads on from member `first` until the end, or until a damaged member that ends the reading;
/// returns the index of the next to begin at.
size_t read_from(size_t first, const std::string& file, const MemberList& list,
                 const std::vector<size_t>& largest,
                 const std::function<void(size_t, const MemberContent&)>& take) {
  ArchiveReader reader(file);
  for (size_t i = 0; i < list.members.size(); ++i) {
    // Skipped members are gone through as well: a stream is read from its front.
    if (!reader.next()) throw InputError("the archive has changed while it was read");
    if (i < first || largest[i] == 0) continue;
    MemberContent content;
    try {
      content.bytes = reader.content(list.members[i].path, largest[i]);
    } catch (const InputError& error) {
      content.fault = error.what();
    }
    take(i, content);
    // A fault of the member alone leaves the reader usable.
    if (reader.is_lost()) return i + 1;
  }
  return list.members.size();
}

}  // namespace

MemberList list_members(const std::string& file) {
  bool zip = false;
  MemberList list = raw_members(file, zip);
  const Naming naming(list.members, zip);
  for (Member& member : list.members) {
    const std::string text = naming.text_of(member.path);
    // Zip knows folders by a name that ends in "/", which may be seen only once "\" is replaced.
    if (member.kind == MemberKind::kFile && text.ends_with('/')) member.kind = MemberKind::kFolder;
    member.path = tidy_path(text);
    const std::string target = naming.text_of(member.target);
    member.target = member.kind == MemberKind::kHardLink ? tidy_path(target) : printable(target);
  }
  return list;
}

void read_members(const std::string& file, const MemberList& list,
                  const std::vector<size_t>& largest,
                  const std::function<void(size_t, const MemberContent&)>& take) {
  size_t next = 0;
  std::string fault = "it is behind too many damaged ones";
  try {
    for (int i = 0; next < list.members.size() && i < kMostDamages; ++i)
      next = read_from(next, file, list, largest, [&](size_t index, const MemberContent& content) {
        // Known here, too, where read_from() throws: no member is handed out twice.
        next = index + 1;
        take(index, content);
      });
  } catch (const InputError& error) {
    fault = error.what();
  }
  // Each wanted member is answered, with bytes or with a fault.
  for (; next < list.members.size(); ++next)
    if (largest[next] > 0)
      take(next, {"", fmt::format("{} cannot be unpacked ({})", list.members[next].path, fault)});
}

}  // namespace nasnet
