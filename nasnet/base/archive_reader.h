#pragma once

#include <archive.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/gzip_stream.h"
#include "nasnet/base/open_files.h"
#include "nasnet/base/utf8_locale.h"

namespace nasnet {

/// A part of a file.
struct FileRange {
  uint64_t begin = 0;
  uint64_t size = UINT64_MAX;  ///< at most up to the file's end
};

/// The fault of an archive, or of a member, that is encrypted.
inline constexpr const char* kLocked =
    "is protected by a password; unpack the archive, and give the folder";

/// Adds the filters for bz2, xz, lzma, zst, lz4 and Z, and for gz where that is not unpacked
/// before; libarchive's "all" would start programs.
void add_filters(archive* reader);

/// Reads an archive of any kind, member by member. For use within one function, as it holds a
/// locale.
class ArchiveReader {
 public:
  /// Throws InputError where the file is no archive, SystemError where it cannot be opened.
  explicit ArchiveReader(std::string file) : ArchiveReader(std::move(file), {}) {}
  /// An archive that lies within a file, as it is. Messages call it by the file.
  ArchiveReader(std::string file, const FileRange& range);
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

  /// True where members lie in the file as they are: a tar that is not packed.
  bool is_plain_tar() const;
  /// Of such a tar: where the header of the member that next() gave begins in the file, at the end
  /// that of the end's mark, and where its content begins.
  uint64_t header_begin() const;
  uint64_t content_begin() const;
  /// The end of the archive in the file.
  uint64_t end() const { return source_.end; }
  /// Of the file that is read.
  FileStamp stamp() const { return source_.file.stamp(); }

 private:
  /// That libarchive reads.
  struct Source {
    OpenFile file;
    uint64_t begin, end, at;
    std::vector<char> buffer;
    size_t ahead;  ///< bytes that the next reading takes
  };

  [[noreturn]] void fail() const;
  std::string error() const;
  void check_end();

  static la_ssize_t read_plain(archive*, void* self, const void** bytes);
  static la_int64_t skip_plain(archive*, void* self, la_int64_t bytes);
  static la_int64_t seek_plain(archive*, void* self, la_int64_t offset, int whence);
  /// libarchive's own gzip would not look at the checksums.
  static la_ssize_t read_gzip(archive*, void* self, const void** bytes);

  const Utf8Locale locale_;
  std::string file_;
  Source source_;
  std::unique_ptr<GzipStream> gzip_;  ///< nullptr where the file is packed otherwise, or not at all
  std::vector<char> unpacked_;
  std::unique_ptr<archive, int (*)(archive*)> reader_;
  bool lost_ = false;
  uint64_t expected_ = 0;  // bytes of the member, by its header and at most the archive's
};

}  // namespace nasnet
