#pragma once

#include <string>

#include "nasnet/base/crc32c.h"
#include "nasnet/base/protobuf.h"

namespace nasnet::exchange {

inline std::string varint(uint64_t value) {
  ProtoWriter writer;
  writer.integer(1, static_cast<int64_t>(value));
  return writer.take().substr(1);  // without the field's tag
}

/// A block as it stands in a table: behind it how it is packed, and the checksum.
inline std::string closed_block(std::string content, char packing = 0) {
  content += packing;
  const uint32_t checksum = masked_crc32c(content);
  for (int i = 0; i < 4; ++i) content += static_cast<char>(checksum >> (8 * i));
  return content;
}

/// A table of LevelDB with one block, whose checksum is right whatever it holds. `place` is what
/// the index says twice of where the block lies, if not the truth, and once.
inline std::string make_table(const std::string& block, char packing = 0,
                              const std::string& place = "") {
  using namespace std::string_literals;
  const std::string table = closed_block(block, packing);
  const auto entry = [](char key, const std::string& value) {
    return "\0\1"s + varint(value.size()) + key + value;
  };
  std::string index = place.empty() ? entry('a', varint(0) + varint(block.size()))
                                    : entry('a', place) + entry('b', place);
  index += "\0\0\0\0\1\0\0\0"s;  // the first key is written whole
  std::string footer = varint(0) + varint(0) + varint(table.size()) + varint(index.size());
  footer.resize(40);
  return table + closed_block(index) + footer + "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
}

}  // namespace nasnet::exchange
