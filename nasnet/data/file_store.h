#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace nasnet::data {

/// The bytes of a data set's files, wherever they lie: on the disk, in an archive. A file is known
/// by a number, its key, so that a million of them take little memory. May be used from any thread.
class FileStore {
 public:
  virtual ~FileStore() = default;
  /// All bytes of a file. Throws InputError beyond `largest` bytes, InputError or SystemError where
  /// it cannot be read; they name the file, one in an archive by `path`.
  virtual std::string read(uint64_t key, size_t largest, const std::string& path) const = 0;
  /// Its first bytes, at most so many. An archive may have no more than were asked for when it was
  /// listed.
  virtual std::string beginning(uint64_t key, size_t most, const std::string& path) const = 0;
  /// The number of its bytes. Throws as read() does.
  virtual uint64_t size(uint64_t key, const std::string& path) const = 0;
};

/// Bytes that a picture may have at most.
inline constexpr uint32_t kLargestImageFile = uint32_t{1} << 30;

/// A file of a data set: its path there, and where its bytes lie.
struct ImageFile {
  std::string path;
  std::shared_ptr<const FileStore> store;  ///< shared by all files of a source
  uint64_t key = 0;                        ///< in the store
  uint32_t largest = kLargestImageFile;    ///< bytes that it may have
  static constexpr uint32_t kUntagged = UINT32_MAX;
  uint32_t tag = kUntagged;  ///< see ImageTree::tags

  std::string read() const { return store->read(key, largest, path); }
  uint64_t size() const { return store->size(key, path); }
  /// Also of a file that is larger than read() allows.
  std::string read_beginning(size_t most) const { return store->beginning(key, most, path); }
};

}  // namespace nasnet::data
