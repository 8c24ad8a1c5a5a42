#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nasnet::data {

/// Writes archives byte by byte, as tools of all times have, also such as no library makes.

struct ZipMember {
  std::string name, content;
  uint16_t flags = 0;       ///< 0x800: the name is UTF-8; 1: protected by a password
  uint16_t method = 0;      ///< 0: stored
  std::string extra = "";   ///< of the central directory and of the local header
  uint32_t attributes = 0;  ///< 0120777 << 16: a symbolic link to its content
  bool descriptor = false;  ///< sizes behind the content, as in a stream
  /// Of what it says that the content unpacks to; nothing: of the content.
  std::optional<std::string> unpacked = {};
};

inline std::string little_endian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

inline uint32_t crc_of(const std::string& bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

/// As a zip holds it: deflate's form without a header.
inline std::string deflated(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A member that is deflated.
inline ZipMember deflated_member(const std::string& name, const std::string& content) {
  return {.name = name, .content = deflated(content), .method = 8, .unpacked = content};
}

/// Info-ZIP's field that holds the name in UTF-8 beside another one.
inline std::string unicode_path(const std::string& name, const std::string& utf8) {
  const std::string content = "\1" + little_endian(crc_of(name), 4) + utf8;
  return "\x75\x70" + little_endian(content.size(), 2) + content;
}

/// `large`: with 64 bits for all sizes and places, as if they needed them.
inline std::string make_zip(const std::vector<ZipMember>& members, bool large = false) {
  std::string bytes, directory;
  for (const ZipMember& member : members) {
    const uint16_t flags = member.flags | (member.descriptor ? 8 : 0);
    const std::string& unpacked = member.unpacked ? *member.unpacked : member.content;
    const std::string sizes = little_endian(crc_of(unpacked), 4) +
                              little_endian(member.content.size(), 4) +
                              little_endian(unpacked.size(), 4);
    const std::string in_64 = sizes.substr(0, 4) + std::string(8, '\xFF');
    const std::string extra_64 = std::string("\1\0\x18\0", 4) + little_endian(unpacked.size(), 8) +
                                 little_endian(member.content.size(), 8) +
                                 little_endian(bytes.size(), 8);
    const std::string extra = member.extra + (large ? extra_64 : "");
    const std::string lengths =
        little_endian(member.name.size(), 2) + little_endian(member.extra.size(), 2);
    const std::string head = little_endian(20, 2) + little_endian(flags, 2) +
                             little_endian(member.method, 2) + little_endian(0, 4);
    directory +=
        "PK\1\2" + little_endian(member.attributes ? 0x31E : 20, 2) + head +
        (large ? in_64 : sizes) + little_endian(member.name.size(), 2) +
        little_endian(extra.size(), 2) + little_endian(0, 6) + little_endian(member.attributes, 4) +
        (large ? std::string(4, '\xFF') : little_endian(bytes.size(), 4)) + member.name + extra;
    bytes += "PK\3\4" + head + (member.descriptor ? std::string(12, '\0') : sizes) + lengths +
             member.name + member.extra + member.content;
    if (member.descriptor) bytes += "PK\7\10" + sizes;
  }
  if (!large)
    return bytes + directory + "PK\5\6" + little_endian(0, 4) + little_endian(members.size(), 2) +
           little_endian(members.size(), 2) + little_endian(directory.size(), 4) +
           little_endian(bytes.size(), 4) + little_endian(0, 2);
  return bytes + directory + "PK\6\6" + little_endian(44, 8) + little_endian(45, 2) +
         little_endian(45, 2) + little_endian(0, 8) + little_endian(members.size(), 8) +
         little_endian(members.size(), 8) + little_endian(directory.size(), 8) +
         little_endian(bytes.size(), 8) + "PK\6\7" + little_endian(0, 4) +
         little_endian(bytes.size() + directory.size(), 8) + little_endian(1, 4) + "PK\5\6" +
         little_endian(0, 4) + std::string(12, '\xFF') + little_endian(0, 2);
}

struct TarMember {
  std::string name, content;
  char type = '0';          ///< '1': hard link, '2': symbolic link, '5': folder, '6': named pipe
  std::string target = "";  ///< of links
};

inline std::string make_tar(const std::vector<TarMember>& members) {
  std::string bytes;
  for (const TarMember& member : members) {
    std::string header(512, '\0');
    const auto put = [&](size_t at, const std::string& text) {
      header.replace(at, text.size(), text);
    };
    const auto octal = [](size_t value) {
      std::string digits(11, '0');
      for (size_t i = 11; i-- > 0; value /= 8) digits[i] = static_cast<char>('0' + value % 8);
      return digits;
    };
    put(0, member.name);
    put(100, "0000644");
    put(124, octal(member.content.size()));
    put(136, octal(0));
    put(148, "        ");
    put(156, std::string(1, member.type));
    put(157, member.target);
    put(257, std::string("ustar\00000", 8));
    uint32_t sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(148, octal(sum).substr(5) + std::string(1, '\0'));
    bytes += header + member.content;
    bytes.resize((bytes.size() + 511) / 512 * 512, '\0');
  }
  return bytes + std::string(1024, '\0');
}

}  // namespace nasnet::data
