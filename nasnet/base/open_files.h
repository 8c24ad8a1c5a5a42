#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

namespace nasnet {

/// Identifies a file and its state: it is equal while the file has not changed.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  uint64_t size = 0;
  int64_t modified = 0;  ///< nanoseconds

  bool operator==(const FileStamp&) const = default;
};

/// A file that can be read at any place, from any thread.
class OpenFile {
 public:
  /// Throws SystemError where it cannot be opened.
  explicit OpenFile(std::string path);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  FileStamp stamp() const;
  /// Reads `size` bytes from `offset` on; returns how many there are. Throws SystemError.
  size_t read_at(uint64_t offset, void* bytes, size_t size) const;

 private:
  [[noreturn]] void fail() const;

  std::string path_;
  int descriptor_;
};

/// The file, opened now or still open: the process keeps the last few dozen, so that thousands of
/// archives can be read in any order within any limit on open files. Throws SystemError where it
/// cannot be opened, InputError where it is no longer the one that `stamp` is of.
std::shared_ptr<const OpenFile> open_shared(const std::string& path, const FileStamp& stamp);

}  // namespace nasnet
