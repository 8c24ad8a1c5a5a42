#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/base/open_files.h"

namespace nasnet {

/// Where a zip keeps a member, and how.
struct ZipPlace {
  uint64_t header = 0;  ///< where its own header begins in the file
  uint64_t packed = 0;  ///< bytes behind that
  uint64_t size = 0;    ///< bytes when unpacked
  uint32_t crc = 0;     ///< CRC-32 of those
  uint16_t method = 0;
};

/// A member as a zip's central directory tells of it.
struct ZipEntry {
  std::string name;      ///< as stored, or as the field for UTF-8 beside it has it
  bool is_utf8 = false;  ///< by what the zip says
  bool is_locked = false;
  uint32_t mode = 0;  ///< of stat(); 0: not told
  ZipPlace place;
};

/// All members of a zip, by its central directory (APPNOTE.TXT 6.3.10, 4.3.12 to 4.3.16), zip64
/// included. Nothing where the file has no whole directory where it says, or is in several parts.
/// Sizes and places are claims: none of them has been looked at. Throws SystemError.
std::optional<std::vector<ZipEntry>> read_zip_directory(const OpenFile& file);

}  // namespace nasnet
