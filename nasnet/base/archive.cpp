#include "nasnet/base/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>

#include "nasnet/base/archive_reader.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"

// Archives whose entries are wanted by name, one pass from front to end, and single packed files.
// Folders of pictures go through archive_members.cpp, which reads past damage: here the first fault
// ends the reading, as half of a table or of a model's weights is of no use.

namespace nasnet {

void read_archive(const std::string& file, const std::function<bool(const ArchiveEntry&)>& wanted,
                  const std::function<void(const ArchiveEntry&, std::string)>& take,
                  size_t largest) {
  ArchiveReader reader(file);
  while (archive_entry* entry = reader.next()) {
    const char* stored = archive_entry_pathname(entry);
    ArchiveEntry found{stored ? stored : "", archive_entry_filetype(entry) == AE_IFDIR};
    while (found.path.starts_with("./")) found.path.erase(0, 2);
    // `wanted` is asked before anything is unpacked, so that what nobody wants costs no memory.
    if (!wanted(found)) continue;
    // Links and devices have no content of their own.
    if (!found.folder && archive_entry_filetype(entry) != AE_IFREG) continue;
    std::string content;
    try {
      if (!found.folder) content = reader.content(printable(found.path), largest);
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", printable(file), error.what()));
    }
    take(found, std::move(content));
  }
}

bool looks_like_archive(const std::string& file) {
  // A tar begins with a file's name: its mark stands behind the first 257 bytes of the header
  // (POSIX ustar). All others begin with theirs: zip and an empty zip, 7z, rar, gz, bz2, xz, zst,
  // lz4.
  constexpr size_t kTarMark = 257;
  std::string head(kTarMark + 5, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  const std::string_view marks[] = {"PK\3\4",
                                    "PK\5\6",
                                    "7z\xBC\xAF\x27\x1C",
                                    "Rar!\x1A\x07",
                                    "\x1F\x8B",
                                    "BZh",
                                    "\xFD"
                                    "7zXZ",
                                    "\x28\xB5\x2F\xFD",
                                    "\x04\x22\x4D\x18"};
  return std::any_of(std::begin(marks), std::end(marks),
                     [&](std::string_view mark) { return head.starts_with(mark); }) ||
         head.substr(kTarMark) == "ustar";
}

std::string read_unpacked(const std::string& file, size_t largest) {
  const std::string packed = read_file(file);
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  add_filters(reader.get());
  // "raw" takes any bytes for one entry: a file that is not packed comes out as it is. It refuses
  // one of no bytes, which "empty" takes.
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_empty(reader.get());
  const auto fail = [&] {
    const char* what = archive_error_string(reader.get());
    throw InputError(fmt::format("{} cannot be unpacked ({}); fetch it again", file,
                                 what ? what : "it is truncated"));
  };
  if (archive_read_open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK) fail();
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(reader.get(), &entry);
  if (status == ARCHIVE_EOF) return "";
  if (status < ARCHIVE_WARN) fail();
  std::string content;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const la_ssize_t size = archive_read_data(reader.get(), buffer.data(), buffer.size());
    if (size < 0) fail();
    if (size == 0) return content;
    content.append(buffer.data(), size);
    // Looked at as it grows: a few kilobytes may unpack to more than there is memory.
    if (content.size() > largest)
      throw InputError(
          fmt::format("{} holds more than {} bytes when unpacked, more than such a "
                      "file may have",
                      file, largest));
  }
}

}  // namespace nasnet
