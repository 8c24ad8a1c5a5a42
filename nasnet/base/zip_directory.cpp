#include "nasnet/base/zip_directory.h"

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <string_view>

#include "nasnet/base/byte_source.h"
#include "nasnet/base/interrupt.h"

// A zip's directory stands at its end and is its whole index: of a million members some hundred
// megabytes are read, through a window. Where anything is odd nothing is returned, and libarchive,
// which looks at the members themselves, has its turn.

namespace nasnet {
namespace {

constexpr size_t kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20, kEntrySize = 46;
constexpr size_t kLongestField = 0xFFFF;
constexpr uint32_t kIn64 = 0xFFFFFFFF;  ///< the value is in a field for zip64
constexpr uint16_t kIsLocked = 1, kIsUtf8 = 1 << 11;

/// The directory in the file.
struct Extent {
  uint64_t begin = 0, size = 0, count = 0;
};

/// The bytes there, fewer at the file's end.
std::string bytes_at(const OpenFile& file, uint64_t begin, size_t size) {
  std::string bytes(size, '\0');
  bytes.resize(file.read_at(begin, bytes.data(), size));
  return bytes;
}

/// Of a record of zip64 at `at`, which ends the directory.
std::optional<Extent> extent_64(const OpenFile& file, uint64_t at) {
  const std::string end = bytes_at(file, at, kEnd64Size);
  if (end.size() < kEnd64Size || !end.starts_with("PK\6\6") || little_endian(end, 16, 4) != 0 ||
      little_endian(end, 20, 4) != 0)
    return std::nullopt;
  const Extent extent{little_endian(end, 48, 8), little_endian(end, 40, 8),
                      little_endian(end, 32, 8)};
  if (extent.begin > at || at - extent.begin != extent.size) return std::nullopt;
  return extent;
}

/// By the end record at `at`.
std::optional<Extent> extent_of(const OpenFile& file, std::string_view end, uint64_t at) {
  if (at >= kLocatorSize) {
    const std::string locator = bytes_at(file, at - kLocatorSize, kLocatorSize);
    if (locator.starts_with("PK\6\7")) return extent_64(file, little_endian(locator, 8, 8));
  }
  const Extent extent{little_endian(end, 16, 4), little_endian(end, 12, 4),
                      little_endian(end, 10, 2)};
  const bool one_part = little_endian(end, 4, 2) == 0 && little_endian(end, 6, 2) == 0;
  if (!one_part || extent.begin > at || at - extent.begin != extent.size) return std::nullopt;
  return extent;
}

std::optional<Extent> find_directory(const OpenFile& file) {
  const uint64_t length = file.stamp().size;
  const uint64_t begin = length - std::min<uint64_t>(length, kEndSize + kLongestField);
  const std::string tail = bytes_at(file, begin, length - begin);
  if (tail.size() < kEndSize) return std::nullopt;
  // Behind the record stands a comment, which may be of any bytes.
  for (size_t at = tail.size() - kEndSize + 1; at-- > 0;) {
    const std::string_view end = std::string_view(tail).substr(at);
    if (!end.starts_with("PK\5\6") || kEndSize + little_endian(end, 20, 2) > end.size()) continue;
    if (const auto extent = extent_of(file, end, begin + at)) return extent;
  }
  return std::nullopt;
}

/// The fields beside a name: UTF-8 where it has another encoding, and numbers of more than 32 bits.
void read_extra(std::string_view extra, ZipEntry& entry) {
  constexpr uint16_t kZip64 = 1, kUnicodePath = 0x7075;
  while (extra.size() >= 4) {
    const uint64_t id = little_endian(extra, 0, 2), size = little_endian(extra, 2, 2);
    extra.remove_prefix(4);
    std::string_view field = extra.substr(0, size);
    extra.remove_prefix(field.size());
    if (id == kZip64) {
      for (uint64_t* value : {&entry.place.size, &entry.place.packed, &entry.place.header})
        if (*value == kIn64 && field.size() >= 8) {
          *value = little_endian(field, 0, 8);
          field.remove_prefix(8);
        }
    } else if (id == kUnicodePath && field.size() > 5 && field[0] == 1) {
      const auto* const name = reinterpret_cast<const Bytef*>(entry.name.data());
      // It counts while the name is the one that it was written for.
      if (crc32(0, name, static_cast<uInt>(entry.name.size())) == little_endian(field, 1, 4)) {
        entry.name = field.substr(5);
        entry.is_utf8 = true;
      }
    }
  }
}

/// As stat() has it, of what the system says that wrote the zip.
uint32_t mode_of(uint64_t made_by, uint64_t attributes) {
  constexpr uint64_t kUnix = 3, kMac = 19, kDosFolder = 0x10;
  if (made_by >> 8 == kUnix || made_by >> 8 == kMac) return static_cast<uint32_t>(attributes >> 16);
  return attributes & kDosFolder ? S_IFDIR : 0;
}

/// The entry at the front of `bytes`, and its size there, or 0 where it is none.
size_t take_entry(std::string_view bytes, ZipEntry& entry) {
  if (bytes.size() < kEntrySize || !bytes.starts_with("PK\1\2")) return 0;
  const size_t name = little_endian(bytes, 28, 2), extra = little_endian(bytes, 30, 2),
               comment = little_endian(bytes, 32, 2);
  if (bytes.size() - kEntrySize < name + extra + comment) return 0;
  const uint64_t flags = little_endian(bytes, 8, 2);
  entry.name = bytes.substr(kEntrySize, name);
  entry.is_utf8 = (flags & kIsUtf8) != 0;
  entry.is_locked = (flags & kIsLocked) != 0;
  entry.mode = mode_of(little_endian(bytes, 4, 2), little_endian(bytes, 38, 4));
  entry.place = {little_endian(bytes, 42, 4), little_endian(bytes, 20, 4),
                 little_endian(bytes, 24, 4), static_cast<uint32_t>(little_endian(bytes, 16, 4)),
                 static_cast<uint16_t>(little_endian(bytes, 10, 2))};
  read_extra(bytes.substr(kEntrySize + name, extra), entry);
  return kEntrySize + name + extra + comment;
}

}  // namespace

std::optional<std::vector<ZipEntry>> read_zip_directory(const OpenFile& file) {
  constexpr size_t kWindow = size_t{1} << 20, kLongestEntry = kEntrySize + 3 * kLongestField;
  const auto extent = find_directory(file);
  if (!extent) return std::nullopt;
  std::vector<ZipEntry> entries;
  std::string window;
  size_t at = 0;  // in the window
  uint64_t ahead = extent->begin;
  const uint64_t end = extent->begin + extent->size;
  for (;;) {
    if (window.size() - at < kLongestEntry && ahead < end) {
      check_interrupt("stopped while looking for images");
      const std::string more = bytes_at(file, ahead, std::min<uint64_t>(kWindow, end - ahead));
      if (more.empty()) return std::nullopt;
      window.erase(0, at).append(more);
      at = 0;
      ahead += more.size();
    }
    if (at == window.size()) break;
    ZipEntry entry;
    const size_t size = take_entry(std::string_view(window).substr(at), entry);
    if (size == 0) return std::nullopt;
    at += size;
    entries.push_back(std::move(entry));
  }
  // Before zip64 some programs counted on beyond 65,535.
  constexpr uint64_t kCounted = 0xFFFF;
  if ((entries.size() & kCounted) != (extent->count & kCounted)) return std::nullopt;
  return entries;
}

}  // namespace nasnet
