#include "nasnet/base/zip_members.h"

#include <sys/stat.h>

#include "nasnet/base/archive_reader.h"
#include "nasnet/base/code_page.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/member_names.h"
#include "nasnet/base/zip_member.h"

namespace nasnet {
namespace {

/// Linux' limit on a path.
constexpr size_t kLongestTarget = 4096;

MemberKind kind_of_entry(const ZipEntry& entry) {
  if (entry.name.ends_with('/')) return MemberKind::kFolder;
  switch (entry.mode & S_IFMT) {
    case 0:
    case S_IFREG:
      return MemberKind::kFile;
    case S_IFDIR:
      return MemberKind::kFolder;
    case S_IFLNK:
      return MemberKind::kSymbolicLink;
    default:
      return MemberKind::kOther;
  }
}

}  // namespace

std::optional<MemberList> list_zip_members(const std::string& path) {
  const OpenFile file(path);
  char mark[2] = {};
  if (file.read_at(0, mark, 2) != 2 || mark[0] != 'P' || mark[1] != 'K') return std::nullopt;
  std::optional<std::vector<ZipEntry>> entries = read_zip_directory(file);
  if (!entries) return std::nullopt;
  MemberList list;
  list.stamp = file.stamp();
  list.members.reserve(entries->size());
  list.zipped.reserve(entries->size());
  for (ZipEntry& entry : *entries) {
    const MemberKind kind = kind_of_entry(entry);
    const size_t index = list.members.size();
    Member member{entry.is_utf8 && !is_utf8(entry.name) ? "" : std::move(entry.name)};
    member.kind = kind;
    if (entry.is_locked) {
      list.faults[index] = kLocked;
    } else if (kind == MemberKind::kSymbolicLink) {
      try {
        list.targets[index] =
            read_zip_member(file, entry.place, kLongestTarget, {path, member.path});
      } catch (const InputError&) {
        list.faults[index] = "is a link that cannot be read";
      }
    }
    add_member(std::move(member), list);
    list.zipped.push_back(entry.place);
  }
  make_text_of_names(true, list);
  return list;
}

void read_zip_members(const std::string& file, const MemberList& list,
                      const std::vector<size_t>& largest,
                      const std::function<void(size_t, const MemberContent&)>& take) {
  const auto open = open_shared(file, list.stamp);
  for (size_t i = 0; i < list.own; ++i) {
    if (largest[i] == 0) continue;
    check_interrupt("stopped while reading");
    MemberContent content;
    try {
      content.bytes =
          read_zip_member(*open, list.zipped[i], largest[i], {file, list.members[i].path});
    } catch (const InputError& error) {
      content.fault = error.what();
    }
    take(i, content);
  }
}

}  // namespace nasnet
