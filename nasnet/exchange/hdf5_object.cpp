#include "nasnet/exchange/hdf5_object.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"

// The structures follow "HDF5 File Format Specification Version 3.0" of The HDF Group; section
// numbers in the comments are its own.

namespace nasnet::exchange {
namespace {

/// Bytes of a header with all its continuations, and of an attribute's text.
constexpr uint64_t kLongestHeader = uint64_t{64} << 20;
constexpr uint64_t kLongestText = 1 << 16;

/// Version 1 of a message pads its parts to whole words.
size_t padded(size_t size, bool pad) {
  return pad ? (size + 7) / 8 * 8 : size;
}

}  // namespace

Hdf5Bytes::Hdf5Bytes(const ByteSource& bytes) : bytes_(bytes) {
  const std::string start = bytes_.read(0, std::min<uint64_t>(bytes_.size(), 96));
  if (!start.starts_with("\x89HDF\r\n\x1a\n")) fail("its first bytes are not HDF5's");
  const uint64_t version = number(start, 8, 1);
  if (version > 3) fail(fmt::format("its superblock is of version {}", version));
  // Offsets and lengths may have other sizes in HDF5, but only those of 8 bytes are read.
  const size_t sizes = version < 2 ? 13 : 9;
  if (number(start, sizes, 1) != 8 || number(start, sizes + 1, 1) != 8)
    fail("its addresses are not 8 bytes long");
  if (version >= 2) {
    base_ = number(start, 12, 8);
    root_ = number(start, 36, 8);
    return;
  }
  // Version 1 has four bytes more before its addresses.
  const size_t addresses = version == 0 ? 24 : 28;
  base_ = number(start, addresses, 8);
  root_ = number(start, addresses + 32 + 8, 8);  // of the root group's symbol table entry
}

void Hdf5Bytes::fail(const std::string& what) const {
  throw InputError(fmt::format("{} is not an HDF5 file that can be read: {}", bytes_.name(), what));
}

uint64_t Hdf5Bytes::place(uint64_t address) const {
  uint64_t result = 0;
  if (__builtin_add_overflow(address, base_, &result)) fail("an address lies outside of the file");
  return result;
}

std::string Hdf5Bytes::at(uint64_t address, uint64_t count) const {
  return bytes_.read(place(address), count);
}

uint64_t Hdf5Bytes::number(std::string_view data, size_t offset, size_t size) const {
  if (offset > data.size() || size > data.size() - offset) fail("a message is cut off");
  return little_endian(data, offset, size);
}

// --- Object headers (IV.A.1) ---

std::vector<Hdf5Message> Hdf5Bytes::messages(uint64_t header) const {
  std::vector<Hdf5Message> result;
  const std::string start = at(header, 16);
  if (start.starts_with("OHDR")) {
    read_header_2(header, start, result);
  } else if (number(start, 0, 1) == 1) {
    Blocks blocks = {{header + 16, number(start, 8, 4)}};
    for (size_t i = 0; i < blocks.size(); ++i) {
      check_length(blocks);
      parse_block(blocks[i].first, at(blocks[i].first, blocks[i].second),
                  {.type_bytes = 2, .head_bytes = 8}, result, blocks);
    }
  } else {
    fail("an object header is of an unknown version");
  }
  return result;
}

void Hdf5Bytes::read_header_2(uint64_t address, const std::string& start,
                              std::vector<Hdf5Message>& result) const {
  const uint64_t flags = number(start, 5, 1);
  const size_t prefix = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const size_t length = size_t{1} << (flags & 3);
  const uint64_t size = number(at(address + prefix, length), 0, length);
  Blocks blocks = {{address + prefix + length, size}};
  for (size_t i = 0; i < blocks.size(); ++i) {
    check_length(blocks);
    auto [begin, count] = blocks[i];
    if (i > 0) {  // a continuation has a signature before and a checksum after
      if (count < 8 || at(begin, 4) != "OCHK") fail("a header's continuation is damaged");
      begin += 4;
      count -= 8;
    }
    // Messages that are kept in their order have its number, too.
    parse_block(begin, at(begin, count), {.type_bytes = 1, .head_bytes = flags & 4 ? 6u : 4u},
                result, blocks);
  }
}

/// Continuations that lead in a circle, or to the same bytes again and again, are damage.
void Hdf5Bytes::check_length(const Blocks& blocks) const {
  uint64_t total = 0;
  for (const auto& [begin, count] : blocks)
    if (__builtin_add_overflow(total, count + 64, &total)) total = kHdf5Nowhere;
  if (total > kLongestHeader) fail("an object header is too long");
}

void Hdf5Bytes::parse_block(uint64_t address, const std::string& block, const MessageForm& form,
                            std::vector<Hdf5Message>& result, Blocks& blocks) const {
  size_t position = 0;
  while (position + form.head_bytes <= block.size()) {
    const uint64_t type = number(block, position, form.type_bytes);
    const uint64_t size = number(block, position + form.type_bytes, 2);
    position += form.head_bytes;
    if (size > block.size() - position) fail("a message is longer than its header");
    Hdf5Message message{static_cast<Hdf5Type>(type), block.substr(position, size),
                        address + position};
    position += size;
    if (message.type == Hdf5Type::kContinuation) {
      blocks.emplace_back(number(message.data, 0, 8), number(message.data, 8, 8));
    } else {
      result.push_back(std::move(message));
    }
  }
}

// --- Attributes ---

std::string Hdf5Bytes::text_attribute(const std::vector<Hdf5Message>& messages,
                                      std::string_view name) const {
  for (const Hdf5Message& message : messages) {
    if (message.type != Hdf5Type::kAttribute) continue;
    const std::string_view data = message.data;
    const uint64_t version = number(data, 0, 1);
    if (version < 1 || version > 3) continue;
    const bool pad = version == 1;
    const size_t name_size = number(data, 2, 2), type_size = number(data, 4, 2),
                 space_size = number(data, 6, 2);
    const size_t name_at = version == 3 ? 9 : 8, type_at = name_at + padded(name_size, pad),
                 value_at = type_at + padded(type_size, pad) + padded(space_size, pad);
    if (value_at > data.size() || type_at + type_size > data.size())
      fail("an attribute is cut off");
    const std::string_view found = data.substr(name_at, name_size);
    if (found.substr(0, found.find('\0')) != name) continue;
    return attribute_text(data.substr(type_at, type_size), data.substr(value_at));
  }
  return "";
}

/// A string of fixed length (type 3), or of any length (type 9), which lies in a global heap.
std::string Hdf5Bytes::attribute_text(std::string_view type, std::string_view value) const {
  const uint64_t kind = number(type, 0, 1) & 15, size = number(type, 4, 4);
  std::string text;
  if (kind == 3) {
    text = value.substr(0, std::min<uint64_t>(size, kLongestText));
  } else if (kind == 9 && (number(type, 1, 1) & 15) == 1) {
    const uint64_t length = number(value, 0, 4);
    text = global_heap_object(number(value, 4, 8), number(value, 12, 4));
    text.resize(std::min<uint64_t>(text.size(), length));
  }
  return text.substr(0, text.find('\0'));
}

/// An object of a global heap collection (III.E); "" where it is not among the first.
std::string Hdf5Bytes::global_heap_object(uint64_t address, uint64_t index) const {
  const std::string head = at(address, 16);
  if (!head.starts_with("GCOL")) fail("an attribute's text is damaged");
  const std::string heap = at(address, std::min(number(head, 8, 8), kLongestText));
  for (uint64_t position = 16; position + 16 <= heap.size();) {
    const uint64_t found = number(heap, position, 2), size = number(heap, position + 8, 8);
    position += 16;
    if (found == 0 || size > heap.size() - position) break;
    if (found == index) return heap.substr(position, size);
    position += padded(size, true);
  }
  return "";
}

const Hdf5Message* find(const std::vector<Hdf5Message>& messages, Hdf5Type type) {
  for (const Hdf5Message& message : messages)
    if (message.type == type) return &message;
  return nullptr;
}

}  // namespace nasnet::exchange
