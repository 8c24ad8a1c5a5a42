#pragma once

#include <archive.h>
#include <locale.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/gzip_stream.h"

namespace nasnet {

/// The fault of an archive, or of a member, that is encrypted.
inline constexpr const char* kLocked =
    "is protected by a password; unpack the archive, and give the folder";

/// Adds the filters for bz2, xz, lzma, zst, lz4 and Z, and for gz where that is not unpacked
/// before; libarchive's "all" would start programs.
void add_filters(archive* reader);

/// Reads an archive of any kind, member by member. libarchive converts names to the thread's
/// locale, and gives none at all where that fails: while a reader lives, its thread's locale is
/// UTF-8. For use within one function.
class ArchiveReader {
 public:
  /// Throws InputError where the file is no archive or cannot be opened.
  explicit ArchiveReader(std::string file);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  /// The header of the next member, or nullptr behind the last one. Throws InputError where the
  /// archive is damaged or cut off; nothing behind that place can be read.
  archive_entry* next();

  /// The content of the member that next() gave. Throws InputError that begins with `path` where
  /// it cannot be read.
  std::string content(const std::string& path, size_t largest);
  /// After such a fault: no other member can be read by this reader.
  bool is_lost() const { return lost_; }

  bool is_zip() const;

 private:
  [[noreturn]] void fail() const;
  std::string error() const;
  void check_end();

  /// libarchive's own gzip would not look at the checksums.
  static la_ssize_t read_gzip(archive*, void* self, const void** bytes);

  std::string file_;
  std::unique_ptr<GzipStream> gzip_;  ///< nullptr where the file is packed otherwise, or not at all
  std::vector<char> unpacked_;
  locale_t before_ = nullptr;
  std::unique_ptr<archive, int (*)(archive*)> reader_;
  bool lost_ = false;
  uint64_t expected_ = 0;  // bytes of the member, by its header and at most the archive's
};

}  // namespace nasnet
