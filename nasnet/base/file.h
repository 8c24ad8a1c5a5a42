#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace nasnet {

/// A file that appears whole or not at all: what is written goes to a temporary file beside it,
/// and commit() makes it durable (fsync) and gives it its name (rename). Without commit() nothing
/// is left behind. A link stays, and what it leads to is replaced; devices and pipes (/dev/stdout)
/// are written to as they are. Throws SystemError naming the file, on a full disk for instance.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* bytes, size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Bytes at a place of their own; leaves the position of write() alone.
  void write_at(uint64_t offset, const void* bytes, size_t size);
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

/// Replaces the file's content atomically and durably; makes its folder where it is missing.
void write_file(const std::filesystem::path& path, std::string_view content);

/// The whole file. Throws SystemError where it cannot be read, InputError beyond `limit` bytes.
std::string read_file(const std::filesystem::path& path, size_t limit = size_t{1} << 40);

/// Digest of a file in lower-case hexadecimal; `algorithm` as OpenSSL names it ("md5", "sha256").
std::string file_digest(const std::filesystem::path& path, const std::string& algorithm);

/// Digest of bytes in memory, as above.
std::string digest(std::string_view bytes, const std::string& algorithm);

}  // namespace nasnet
