#pragma once

#include <functional>
#include <string>

namespace nasnet::data {

/// One file or folder of an archive.
struct ArchiveEntry {
  std::string path;  ///< as stored, without leading "./"
  bool folder = false;
};

/// Reads an archive (tar, tar.gz, tar.zst, zip) as a stream, nothing is unpacked to disk. For each
/// file that `wanted` accepts `take` gets its content. Throws InputError where the archive is
/// corrupt or truncated, or one entry is larger than 1 GiB.
void read_archive(const std::string& file, const std::function<bool(const ArchiveEntry&)>& wanted,
                  const std::function<void(const ArchiveEntry&, std::string)>& take);

}  // namespace nasnet::data
