#pragma once

#include <cstdint>
#include <string_view>

namespace nasnet {

/// The checksum CRC-32C (polynomial of Castagnoli; RFC 3720, appendix B.4).
uint32_t crc32c(std::string_view bytes);

/// The same as LevelDB and TensorFlow store it, rotated and shifted: the checksum of bytes that end
/// with their own checksum would tell nothing of them.
uint32_t masked_crc32c(std::string_view bytes);

}  // namespace nasnet
