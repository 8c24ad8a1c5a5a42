#include "nasnet/base/zip_member.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>

#include "nasnet/base/archive_reader.h"
#include "nasnet/base/byte_source.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

// One member is unpacked by itself, into memory. The directory's sizes are claims: nothing is
// reserved that the bytes which are there could not unpack to, and nothing is written beyond.

namespace nasnet {
namespace {

constexpr uint16_t kStored = 0, kDeflated = 8;
/// A byte of deflate's stands for 1,032 at most (RFC 1951: 258 for each two bits).
constexpr uint64_t kMostUnpacked = 1032;

/// Of members that must be unpacked whole for their beginnings.
constexpr size_t kLargestBeginning = size_t{1} << 30;

class MemberReader {
 public:
  MemberReader(const OpenFile& file, const ZipPlace& place, const ZipNames& names)
      : file_(file), place_(place), names_(names) {}

  /// The first `size` bytes; where that is all of them they must be all, and of their checksum.
  std::string read(uint64_t size) {
    find_content();
    std::string bytes = place_.method == kStored ? stored(size) : inflated(size);
    if (size < place_.size) return bytes;
    const auto* const data = reinterpret_cast<const Bytef*>(bytes.data());
    if (crc32_z(0, data, bytes.size()) != place_.crc) fail("its checksum is wrong");
    return bytes;
  }

  [[noreturn]] void fail(const char* why) const {
    throw InputError(fmt::format("{} cannot be unpacked (in {}: {}); copy or download it again",
                                 names_.member, printable(names_.archive), why));
  }

 private:
  static constexpr const char* kCut = "it is cut off";

  /// Behind the member's own header, which alone tells its length.
  void find_content() {
    constexpr size_t kHeader = 30;
    const uint64_t length = file_.stamp().size;
    std::string header(kHeader, '\0');
    if (place_.header > length || file_.read_at(place_.header, header.data(), kHeader) != kHeader)
      fail(kCut);
    if (!header.starts_with("PK\3\4")) fail("its header is not where the directory says");
    at_ = place_.header + kHeader + little_endian(header, 26, 2) + little_endian(header, 28, 2);
    if (at_ > length || place_.packed > length - at_) fail(kCut);
  }

  std::string stored(uint64_t size) const {
    if (place_.packed != place_.size) fail("its sizes contradict each other");
    std::string bytes(size, '\0');
    if (file_.read_at(at_, bytes.data(), size) != size) fail(kCut);
    return bytes;
  }

  std::string inflated(uint64_t size) {
    if (place_.size / kMostUnpacked > place_.packed) fail("it claims more than it can hold");
    Inflater inflater;
    z_stream& stream = inflater.stream;
    std::string bytes(size, '\0');
    Bytef none = 0;  // zlib wants a place, also for no bytes
    stream.next_out = bytes.empty() ? &none : reinterpret_cast<Bytef*>(bytes.data());
    for (uint64_t given = 0;;) {
      // In pieces that zlib counts: both may have more than 32 bits.
      if (stream.avail_in == 0 && given < place_.packed) {
        const auto more = std::min<uint64_t>(packed_.size(), place_.packed - given);
        if (file_.read_at(at_ + given, packed_.data(), more) != more) fail(kCut);
        given += more;
        stream.next_in = packed_.data();
        stream.avail_in = static_cast<uInt>(more);
      }
      const auto room = static_cast<uInt>(std::min<uint64_t>(size - stream.total_out, UINT32_MAX));
      stream.avail_out = room;
      const int status = inflate(&stream, Z_NO_FLUSH);
      if (status == Z_STREAM_END) break;
      if (status != Z_OK && status != Z_BUF_ERROR) fail("its packed bytes are damaged");
      if (stream.total_out == size && size < place_.size) return bytes;
      // No progress: it has no more bytes, or should have no more.
      if (status == Z_BUF_ERROR && (stream.avail_in > 0 || given == place_.packed))
        fail(stream.avail_in > 0 ? "it has more bytes than it says" : kCut);
    }
    if (stream.total_out != size) fail("it has fewer bytes than it says");
    return bytes;
  }

  /// Without the header and the checksum of zlib's own form.
  struct Inflater {
    Inflater() {
      if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        throw SystemError("zlib could not be started; is there memory left?");
    }
    ~Inflater() { inflateEnd(&stream); }
    Inflater(const Inflater&) = delete;
    z_stream stream{};
  };

  const OpenFile& file_;
  const ZipPlace& place_;
  const ZipNames& names_;
  uint64_t at_ = 0;  // of the content
  std::array<Bytef, 1 << 16> packed_;
};

/// bzip2, LZMA, xz and the like, which libarchive reads as a zip of one member.
std::string read_by_libarchive(const ZipPlace& place, size_t largest, const ZipNames& names) {
  constexpr uint64_t kAround = 30 + 2 * 0xFFFF + 24;  // the headers before and behind it
  ArchiveReader reader(names.archive, {place.header, kAround + place.packed});
  reader.next();
  return reader.content(names.member, largest);
}

bool is_by_zlib(const ZipPlace& place) {
  return place.method == kStored || place.method == kDeflated;
}

}  // namespace

std::string read_zip_member(const OpenFile& file, const ZipPlace& place, size_t largest,
                            const ZipNames& names) {
  if (place.size > largest)
    throw InputError(fmt::format("{} is larger than {} bytes, more than such a file may have",
                                 names.member, largest));
  if (!is_by_zlib(place)) return read_by_libarchive(place, largest, names);
  return MemberReader(file, place, names).read(place.size);
}

std::string read_zip_beginning(const OpenFile& file, const ZipPlace& place, size_t most,
                               const ZipNames& names) {
  if (is_by_zlib(place) && most < place.size) return MemberReader(file, place, names).read(most);
  std::string bytes = read_zip_member(file, place, kLargestBeginning, names);
  bytes.resize(std::min(bytes.size(), most));
  return bytes;
}

}  // namespace nasnet
