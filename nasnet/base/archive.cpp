#include "nasnet/base/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"

namespace nasnet {
namespace {

[[noreturn]] void fail(const std::string& file, archive* reader) {
  const char* what = archive_error_string(reader);
  throw InputError(
      fmt::format("{} is not a whole archive ({}); tar, tar.gz, tar.zst and zip are "
                  "read",
                  file, what ? what : "unknown format"));
}

std::string read_entry(const std::string& file, archive* reader, const std::string& path,
                       size_t largest) {
  std::string content;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const la_ssize_t size = archive_read_data(reader, buffer.data(), buffer.size());
    if (size < 0) fail(file + ": " + path, reader);
    if (size == 0) return content;
    content.append(buffer.data(), static_cast<size_t>(size));
    if (content.size() > largest)
      throw InputError(fmt::format("{}: {} is larger than {} bytes, more than such a file may have",
                                   file, path, largest));
  }
}

/// A tar ends in blocks of zeros; libarchive takes one that is cut between two members for whole.
/// The compressed kinds and zip tell their end themselves.
void check_end(const std::string& file, archive* reader) {
  if ((archive_format(reader) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR ||
      archive_filter_count(reader) > 1)
    return;
  std::array<char, 512> block;
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(-static_cast<std::streamoff>(block.size()), std::ios::end);
  const bool read = static_cast<bool>(stream.read(block.data(), block.size()));
  if (!read || std::any_of(block.begin(), block.end(), [](char c) { return c != 0; }))
    throw InputError(fmt::format(
        "{} is not a whole archive (its end is missing); copy or download it again", file));
}

}  // namespace

void read_archive(const std::string& file, const std::function<bool(const ArchiveEntry&)>& wanted,
                  const std::function<void(const ArchiveEntry&, std::string)>& take,
                  size_t largest) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_filename(reader.get(), file.c_str(), 1 << 20) != ARCHIVE_OK)
    fail(file, reader.get());
  archive_entry* entry = nullptr;
  for (;;) {
    check_interrupt("stopped while reading");
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return check_end(file, reader.get());
    // After a damaged header libarchive offers to look for the next: a member would be lost.
    if (status < ARCHIVE_WARN || status == ARCHIVE_RETRY) fail(file, reader.get());
    const char* stored = archive_entry_pathname(entry);
    ArchiveEntry found{stored ? stored : "", archive_entry_filetype(entry) == AE_IFDIR};
    while (found.path.starts_with("./")) found.path.erase(0, 2);
    if (!wanted(found)) continue;
    if (!found.folder && archive_entry_filetype(entry) != AE_IFREG) continue;
    take(found, found.folder ? "" : read_entry(file, reader.get(), found.path, largest));
  }
}

std::string read_unpacked(const std::string& file, size_t largest) {
  const std::string packed = read_file(file);
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_filter_all(reader.get());
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
    content.append(buffer.data(), static_cast<size_t>(size));
    if (content.size() > largest)
      throw InputError(
          fmt::format("{} holds more than {} bytes when unpacked, more than such a "
                      "file may have",
                      file, largest));
  }
}

}  // namespace nasnet
