#include "nasnet/exchange/hdf5_filters.h"

#include <fmt/format.h>
#include <zlib.h>

#include <string_view>

#include "nasnet/base/byte_source.h"
#include "nasnet/base/error.h"

// Filters of a chunk, undone from the last to the first. Each may give no more than a whole chunk
// and the checksums within it, so that a few packed bytes cannot fill the memory.

namespace nasnet::exchange {
namespace {

// Numbers of The HDF Group's registry.
constexpr uint64_t kDeflate = 1, kShuffle = 2, kFletcher32 = 3, kLzf = 32000;

[[noreturn]] void fail_chunk(const std::string& name, const char* what) {
  throw InputError(fmt::format("{}: {}; write the file again", name, what));
}

/// Of zlib's stream, at most `size` bytes; more are damage.
std::string inflate(const std::string& packed, uint64_t size, const std::string& name) {
  std::string result(size, '\0');
  uLongf length = size;
  if (uncompress(reinterpret_cast<Bytef*>(result.data()), &length,
                 reinterpret_cast<const Bytef*>(packed.data()), packed.size()) != Z_OK)
    fail_chunk(name, "a chunk's gzip is damaged");
  result.resize(length);
  return result;
}

/// LZF: a control byte below 32 copies that many bytes and one; others repeat what came before, 2
/// bytes and the control's upper 3 bits (7: and a byte more) from up to 8 KiB back.
std::string unpack_lzf(std::string_view packed, uint64_t size, const std::string& name) {
  std::string result;
  result.reserve(size);
  size_t at = 0;
  const auto next = [&]() -> uint64_t {
    if (at >= packed.size()) fail_chunk(name, "a chunk's lzf is damaged");
    return static_cast<unsigned char>(packed[at++]);
  };
  while (at < packed.size()) {
    const uint64_t control = next();
    if (control < 32) {
      if (control + 1 > packed.size() - at) fail_chunk(name, "a chunk's lzf is damaged");
      result.append(packed.substr(at, control + 1));
      at += control + 1;
    } else {
      uint64_t length = control >> 5;
      if (length == 7) length += next();
      const uint64_t back = ((control & 31) << 8 | next()) + 1;
      if (back > result.size()) fail_chunk(name, "a chunk's lzf is damaged");
      for (uint64_t i = 0; i < length + 2; ++i) result.push_back(result[result.size() - back]);
    }
    if (result.size() > size) fail_chunk(name, "a chunk's lzf is damaged");
  }
  return result;
}

/// Bytes of the same place of each number stand together; what does not fill a number follows.
std::string unshuffle(const std::string& shuffled, uint64_t number) {
  const uint64_t count = number < 2 ? 0 : shuffled.size() / number;
  if (count == 0) return shuffled;  // a number may be said to have any number of bytes
  std::string result = shuffled;
  for (uint64_t byte = 0; byte < number; ++byte)
    for (uint64_t i = 0; i < count; ++i) result[i * number + byte] = shuffled[byte * count + i];
  return result;
}

/// Fletcher's sum of 16-bit words, most significant byte first, as HDF5 reckons it.
uint32_t fletcher32(std::string_view bytes) {
  uint32_t low = 0, high = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) : 0u;
    low = (low + (first << 8 | second)) % 65535;
    high = (high + low) % 65535;
  }
  return high << 16 | low;
}

/// Checks the four bytes at the chunk's end and takes them off.
std::string without_checksum(std::string chunk, const std::string& name) {
  if (chunk.size() < 4) fail_chunk(name, "a chunk has no checksum");
  const auto stored = static_cast<uint32_t>(little_endian(chunk, chunk.size() - 4, 4));
  chunk.resize(chunk.size() - 4);
  // Sums of 0 and of 65,535 are the same to Fletcher.
  const auto reduced = [](uint32_t sum) {
    return (sum >> 16) % 65535 << 16 | (sum & 65535) % 65535;
  };
  if (reduced(fletcher32(chunk)) != reduced(stored))
    fail_chunk(name, "a chunk's checksum is wrong");
  return chunk;
}

}  // namespace

std::string unknown_filter(const Hdf5Filter& filter) {
  switch (filter.id) {
    case kDeflate:
    case kShuffle:
    case kFletcher32:
    case kLzf:
      return "";
    case 4:
      return "szip";
    case 32001:
      return "blosc";
    case 32004:
      return "lz4";
    case 32015:
      return "zstd";
    default:
      return fmt::format("HDF5's filter {}", filter.id);
  }
}

std::string undo_filters(std::string chunk, const std::vector<Hdf5Filter>& filters,
                         uint64_t skipped, uint64_t size, const std::string& name) {
  uint64_t checksums = 0;  // those that the packed chunk still has within
  for (const Hdf5Filter& filter : filters) checksums += filter.id == kFletcher32;
  for (size_t i = filters.size(); i-- > 0;) {
    // A chunk that a filter made no smaller is stored without it, and its mask says so.
    if (i < 32 && (skipped >> i & 1)) continue;
    const uint64_t most = size + 4 * checksums;
    switch (filters[i].id) {
      case kDeflate:
        chunk = inflate(chunk, most, name);
        break;
      case kLzf:
        chunk = unpack_lzf(chunk, most, name);
        break;
      case kShuffle:
        chunk = unshuffle(chunk, filters[i].values.empty() ? 1 : filters[i].values[0]);
        break;
      case kFletcher32:
        chunk = without_checksum(std::move(chunk), name);
        break;
      default:
        fail_chunk(name, "a chunk went through a filter that is not read");
    }
  }
  if (chunk.size() != size) fail_chunk(name, "a chunk is not as long as it should be");
  return chunk;
}

}  // namespace nasnet::exchange
