#pragma once

#include <functional>
#include <string>

namespace nasnet {

/// One file or folder of an archive.
struct ArchiveEntry {
  std::string path;  ///< as stored, without leading "./"
  bool folder = false;
};

/// Reads an archive (tar, tar.gz, tar.zst, zip ...) as a stream, nothing is unpacked to disk. For
/// each file that `wanted` accepts `take` gets its content. Throws InputError where the archive is
/// corrupt or truncated, or an entry that is taken is larger than `largest` bytes.
void read_archive(const std::string& file, const std::function<bool(const ArchiveEntry&)>& wanted,
                  const std::function<void(const ArchiveEntry&, std::string)>& take,
                  size_t largest = size_t{1} << 30);

/// True where the first bytes are those of an archive.
bool looks_like_archive(const std::string& file);

/// The content of one file that may be packed by itself (zst, gz, xz, bz2) or not packed at all.
/// Throws SystemError where it cannot be read, InputError where it is corrupt or truncated, or
/// larger than `largest` bytes when unpacked.
std::string read_unpacked(const std::string& file, size_t largest = size_t{1} << 30);

}  // namespace nasnet
