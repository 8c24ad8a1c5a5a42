#pragma once

#include <string>

#include "nasnet/base/zip_directory.h"

namespace nasnet {

/// Names in messages.
struct ZipNames {
  const std::string& archive;  ///< its file
  const std::string& member;
};

/// The content of a member, checked by its size and CRC-32: stored and deflated ones by zlib, those
/// of other methods by libarchive. From any thread. Throws InputError that names both: beyond
/// `largest` bytes, where it is cut off or damaged, or where its method is not known.
std::string read_zip_member(const OpenFile& file, const ZipPlace& place, size_t largest,
                            const ZipNames& names);

/// Its first bytes, at most so many, and unchecked where those are not all. Throws likewise; beyond
/// 1 GiB where all are asked for.
std::string read_zip_beginning(const OpenFile& file, const ZipPlace& place, size_t most,
                               const ZipNames& names);

}  // namespace nasnet
