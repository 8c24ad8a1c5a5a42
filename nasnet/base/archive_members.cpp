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

/// Where the reader's member lies, if libarchive hands it out as it is stored.
MemberPlace place_of(const ArchiveReader& reader, archive_entry* entry) {
  if (!reader.is_plain_tar() || archive_entry_sparse_count(entry) > 0) return {};
  return {reader.content_begin(), static_cast<uint64_t>(archive_entry_size(entry))};
}

/// Takes the place from a member behind which the next header does not begin where it should: it
/// has holes that are not stored, or is of a form that is not known here.
void check_place(Member& member, uint64_t next_header) {
  constexpr uint64_t kBlock = 512;
  if (!member.place.is_known()) return;
  const uint64_t end = member.place.offset + member.place.size;
  if (next_header < end || next_header - end >= kBlock) member.place = {};
}

/// The members with their names as stored.
MemberList raw_members(const std::string& file, const FileRange& range, bool& zip) {
  MemberList list;
  ArchiveReader reader(file, range);
  list.stamp = reader.stamp();
  try {
    for (;;) {
      archive_entry* entry = reader.next();
      if (!list.members.empty()) check_place(list.members.back(), reader.header_begin());
      if (!entry) break;
      Member member{text_or_empty(archive_entry_pathname(entry)), kind_of(entry), {}, {}};
      if (member.kind == MemberKind::kFile) member.place = place_of(reader, entry);
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
    // The last one may be cut off, which unpacking it says best.
    MemberPlace& last = list.members.back().place;
    if (last.is_known() && last.offset + last.size > reader.end()) last = {};
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
  for (size_t i = 0; i < list.own; ++i) {
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
  return list.own;
}

/// The members of an archive that is the whole file, or one in it.
MemberList list_range(const std::string& file, const FileRange& range) {
  bool zip = false;
  MemberList list = raw_members(file, range, zip);
  const Naming naming(list.members, zip);
  for (Member& member : list.members) {
    const std::string text = naming.text_of(member.path);
    // Zip knows folders by a name that ends in "/", which may be seen only once "\" is replaced.
    if (member.kind == MemberKind::kFile && text.ends_with('/')) member.kind = MemberKind::kFolder;
    member.path = tidy_path(text);
    const std::string target = naming.text_of(member.target);
    member.target = member.kind == MemberKind::kHardLink ? tidy_path(target) : printable(target);
  }
  list.own = list.members.size();
  return list;
}

/// Puts the members of a tar in the list that is one itself behind the others.
void add_inner_members(const std::string& file, size_t index, MemberList& list) {
  constexpr std::string_view kEnd = ".tar";
  const MemberPlace place = list.members[index].place;
  const std::string path = list.members[index].path;
  if (!place.is_known() || place.size == 0 || path.size() <= kEnd.size() ||
      case_folded(path.substr(path.size() - kEnd.size())) != kEnd)
    return;
  const std::string folder = path.substr(0, path.size() - kEnd.size());
  MemberList inner;
  try {
    inner = list_range(file, {place.offset, place.size});
  } catch (const InputError&) {
    return;  // some other file that is called so
  }
  for (Member& member : inner.members) {
    member.path = folder + "/" + member.path;
    if (member.kind == MemberKind::kHardLink) member.target = folder + "/" + member.target;
    // Only the archive itself is unpacked.
    if (member.kind == MemberKind::kFile && !member.place.is_known() && member.fault.empty())
      member.fault = inner.fault.empty()
                         ? fmt::format("cannot be read within {}; unpack the archive", path)
                         : "is cut off";
    list.members.push_back(std::move(member));
  }
  list.members[index].kind = MemberKind::kFolder;
  list.members[index].path = folder;
  if (list.fault.empty() && !inner.fault.empty())
    list.fault = fmt::format("in {}: {}", path, inner.fault);
}

}  // namespace

MemberList list_members(const std::string& file) {
  MemberList list = list_range(file, {});
  for (size_t i = 0; i < list.own; ++i)
    if (list.members[i].kind == MemberKind::kFile) add_inner_members(file, i, list);
  // Half as many again may be reserved, of a hundred bytes each.
  list.members.shrink_to_fit();
  return list;
}

void read_members(const std::string& file, const MemberList& list,
                  const std::vector<size_t>& largest,
                  const std::function<void(size_t, const MemberContent&)>& take) {
  size_t next = 0;
  std::string fault = "it is behind too many damaged ones";
  try {
    for (int i = 0; next < list.own && i < kMostDamages; ++i)
      next = read_from(next, file, list, largest, [&](size_t index, const MemberContent& content) {
        // Known here, too, where read_from() throws: no member is handed out twice.
        next = index + 1;
        take(index, content);
      });
  } catch (const InputError& error) {
    fault = error.what();
  }
  // Each wanted member is answered, with bytes or with a fault.
  for (; next < list.own; ++next)
    if (largest[next] > 0)
      take(next, {"", fmt::format("{} cannot be unpacked ({})", list.members[next].path, fault)});
}

}  // namespace nasnet
