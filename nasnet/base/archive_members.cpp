#include "nasnet/base/archive_members.h"

#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/archive_reader.h"
#include "nasnet/base/error.h"
#include "nasnet/base/member_names.h"
#include "nasnet/base/names.h"
#include "nasnet/base/zip_members.h"

// Archives of pictures in two passes: first all headers, so that the tree of folders is known and
// names become text in one code page, then the contents that are wanted. Damage costs what it has
// hit, where the kind of archive allows that: the other pictures can still be used.

namespace nasnet {
namespace {

/// A damaged member of a zip ends its reading; so many times it is begun again behind one.
constexpr int kMostDamages = 100;

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
      Member member{text_or_empty(archive_entry_pathname(entry)), kind_of(entry)};
      const size_t index = list.members.size();
      if (member.kind == MemberKind::kFile) member.place = place_of(reader, entry);
      if (member.kind == MemberKind::kHardLink)
        list.targets[index] = text_or_empty(archive_entry_hardlink(entry));
      if (member.kind == MemberKind::kSymbolicLink)
        list.targets[index] = text_or_empty(archive_entry_symlink(entry));
      if (archive_entry_is_encrypted(entry)) list.faults[index] = kLocked;
      add_member(std::move(member), list);
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
  make_text_of_names(zip, list);
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
  const size_t first = list.members.size();
  for (const auto& [i, target] : inner.targets) {
    const bool hard = inner.members[i].kind == MemberKind::kHardLink;
    list.targets[first + i] = hard ? folder + "/" + target : target;
  }
  for (const auto& [i, fault] : inner.faults) list.faults[first + i] = fault;
  for (Member& member : inner.members) {
    member.path = folder + "/" + member.path;
    // Only the archive itself is unpacked.
    if (member.kind == MemberKind::kFile && !member.place.is_known())
      list.faults.try_emplace(
          list.members.size(),
          inner.fault.empty() ? fmt::format("cannot be read within {}; unpack the archive", path)
                              : "is cut off");
    list.members.push_back(std::move(member));
  }
  list.members[index].kind = MemberKind::kFolder;
  list.members[index].path = folder;
  if (list.fault.empty() && !inner.fault.empty())
    list.fault = fmt::format("in {}: {}", path, inner.fault);
}

}  // namespace

MemberList list_members(const std::string& file) {
  if (std::optional<MemberList> zip = list_zip_members(file)) return *std::move(zip);
  MemberList list = list_range(file, {});
  for (size_t i = 0; i < list.own; ++i)
    if (list.members[i].kind == MemberKind::kFile) add_inner_members(file, i, list);
  // As many again may be reserved.
  list.members.shrink_to_fit();
  return list;
}

void read_members(const std::string& file, const MemberList& list,
                  const std::vector<size_t>& largest,
                  const std::function<void(size_t, const MemberContent&)>& take) {
  if (!list.zipped.empty()) return read_zip_members(file, list, largest, take);
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
