#include "nasnet/exchange/hdf5.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "nasnet/base/error.h"
#include "nasnet/exchange/number_types.h"

// The structures follow "HDF5 File Format Specification Version 3.0" of The HDF Group; section
// numbers in the comments are its own.

namespace nasnet::exchange {
namespace {

constexpr uint64_t kNowhere = ~uint64_t{0};
constexpr size_t kMostObjects = 200'000;
constexpr uint64_t kLongestHeader = uint64_t{64} << 20;
constexpr int kDeepestGroup = 32;
constexpr size_t kMostDimensions = 16;

enum MessageType : uint64_t {
  kDataSpace = 0x01,
  kLinkInfo = 0x02,
  kDataType = 0x03,
  kLink = 0x06,
  kLayout = 0x08,
  kFilters = 0x0b,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
};

struct Message {
  uint64_t type;
  std::string data;
  uint64_t offset;  // of the data in the file
};

struct Child {
  std::string name;
  uint64_t header;
};

class Reader {
 public:
  explicit Reader(const ByteSource& bytes) : bytes_(bytes) {}

  std::vector<Hdf5DataSet> list() {
    read_group_or_data_set("", superblock(), 0);
    std::sort(found_.begin(), found_.end(),
              [](const Hdf5DataSet& a, const Hdf5DataSet& b) { return a.path < b.path; });
    return std::move(found_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(
        fmt::format("{} is not an HDF5 file that can be read: {}", bytes_.name(), what));
  }

  std::string at(uint64_t address, uint64_t count) const {
    if (address > kNowhere - base_) fail("an address lies outside of the file");
    return bytes_.read(base_ + address, count);
  }

  uint64_t number(std::string_view data, size_t offset, size_t size) const {
    if (offset > data.size() || size > data.size() - offset) fail("a message is cut off");
    return little_endian(data, offset, size);
  }

  /// Address of the root group's object header (II.A).
  uint64_t superblock() {
    const std::string start = bytes_.read(0, std::min<uint64_t>(bytes_.size(), 96));
    if (!start.starts_with("\x89HDF\r\n\x1a\n")) fail("its first bytes are not HDF5's");
    const uint64_t version = number(start, 8, 1);
    if (version > 3) fail(fmt::format("its superblock is of version {}", version));
    const size_t sizes = version < 2 ? 13 : 9;
    if (number(start, sizes, 1) != 8 || number(start, sizes + 1, 1) != 8)
      fail("its addresses are not 8 bytes long");
    if (version >= 2) {
      base_ = number(start, 12, 8);
      return number(start, 36, 8);
    }
    const size_t addresses = version == 0 ? 24 : 28;
    base_ = number(start, addresses, 8);
    return number(start, addresses + 32 + 8, 8);  // of the root group's symbol table entry
  }

  // --- object headers (IV.A.1)
  // --------------------------------------------------------------------

  std::vector<Message> messages(uint64_t address) const {
    std::vector<Message> result;
    const std::string start = at(address, 16);
    if (start.starts_with("OHDR")) {
      read_header_2(address, start, result);
    } else if (number(start, 0, 1) == 1) {
      std::vector<std::pair<uint64_t, uint64_t>> blocks = {{address + 16, number(start, 8, 4)}};
      for (size_t i = 0; i < blocks.size(); ++i) {
        check_length(blocks);
        parse_block(blocks[i].first, at(blocks[i].first, blocks[i].second), false, false, result,
                    blocks);
      }
    } else {
      fail("an object header is of an unknown version");
    }
    return result;
  }

  void read_header_2(uint64_t address, const std::string& start,
                     std::vector<Message>& result) const {
    const uint64_t flags = number(start, 5, 1);
    const size_t prefix = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
    const size_t length = size_t{1} << (flags & 3);
    const uint64_t size = number(at(address + prefix, length), 0, length);
    std::vector<std::pair<uint64_t, uint64_t>> blocks = {{address + prefix + length, size}};
    for (size_t i = 0; i < blocks.size(); ++i) {
      check_length(blocks);
      auto [begin, count] = blocks[i];
      if (i > 0) {  // a continuation has a signature before and a checksum after
        if (count < 8 || at(begin, 4) != "OCHK") fail("a header's continuation is damaged");
        begin += 4;
        count -= 8;
      }
      parse_block(begin, at(begin, count), true, (flags & 4) != 0, result, blocks);
    }
  }

  /// Continuations that lead in a circle, or to the same bytes again and again, are damage.
  void check_length(const std::vector<std::pair<uint64_t, uint64_t>>& blocks) const {
    uint64_t total = 0;
    for (const auto& [begin, count] : blocks)
      if (__builtin_add_overflow(total, count + 64, &total)) total = kNowhere;
    if (total > kLongestHeader) fail("an object header is too long");
  }

  void parse_block(uint64_t address, const std::string& block, bool second, bool ordered,
                   std::vector<Message>& result,
                   std::vector<std::pair<uint64_t, uint64_t>>& blocks) const {
    const size_t head = second ? (ordered ? 6 : 4) : 8;
    size_t position = 0;
    while (position + head <= block.size()) {
      const uint64_t type = number(block, position, second ? 1 : 2);
      const uint64_t size = number(block, position + (second ? 1 : 2), 2);
      position += head;
      if (size > block.size() - position) fail("a message is longer than its header");
      Message message{type, block.substr(position, size), address + position};
      position += size;
      if (type == kContinuation) {
        blocks.emplace_back(number(message.data, 0, 8), number(message.data, 8, 8));
      } else {
        result.push_back(std::move(message));
      }
    }
  }

  static const Message* find(const std::vector<Message>& messages, uint64_t type) {
    for (const Message& message : messages)
      if (message.type == type) return &message;
    return nullptr;
  }

  // --- groups
  // -------------------------------------------------------------------------------------

  void read_group_or_data_set(const std::string& path, uint64_t address, int depth) {
    if (depth > kDeepestGroup) fail("its groups are nested too deep");
    // An object under two names, or a group within itself, is read once.
    if (!seen_.insert(address).second) return;
    if (seen_.size() > kMostObjects) fail("it has too many objects");
    const std::vector<Message> header = messages(address);
    if (find(header, kDataSpace) && find(header, kLayout)) {
      read_data_set(path, header);
      return;
    }
    for (const Child& child : children(header))
      read_group_or_data_set(path.empty() ? child.name : path + "/" + child.name, child.header,
                             depth + 1);
  }

  std::vector<Child> children(const std::vector<Message>& header) {
    std::vector<Child> result;
    if (const Message* table = find(header, kSymbolTable))
      read_tree(number(table->data, 0, 8), heap(number(table->data, 8, 8)), 0, result);
    for (const Message& message : header)
      if (message.type == kLink) read_link(message.data, result);
    if (const Message* info = find(header, kLinkInfo)) {
      const size_t heap_address = number(info->data, 1, 1) & 1 ? 10 : 2;
      if (number(info->data, heap_address, 8) != kNowhere)
        fail("it has groups in the dense form; write it with h5py's libver='earliest'");
    }
    return result;
  }

  /// The text of a local heap, where the names of a group lie (III.D).
  std::string heap(uint64_t address) const {
    const std::string head = at(address, 32);
    if (!head.starts_with("HEAP")) fail("a group's names are damaged");
    return at(number(head, 24, 8), number(head, 8, 8));
  }

  /// Version 1 B-tree of a group (III.A.1): nodes down to symbol table nodes.
  void read_tree(uint64_t address, const std::string& names, int depth,
                 std::vector<Child>& result) {
    // A node that two parents share would be walked again and again.
    if (depth > kDeepestGroup || !nodes_.insert(address).second) fail("a group's tree is damaged");
    const std::string head = at(address, 24);
    if (!head.starts_with("TREE") || number(head, 4, 1) != 0) fail("a group's tree is damaged");
    const uint64_t level = number(head, 5, 1), entries = number(head, 6, 2);
    const std::string body = at(address + 24, 8 + entries * 16);
    for (uint64_t i = 0; i < entries; ++i) {
      const uint64_t child = number(body, 8 + i * 16, 8);
      if (level > 0) {
        if (number(at(child, 24), 5, 1) >= level) fail("a group's tree is damaged");
        read_tree(child, names, depth + 1, result);
      } else {
        read_symbols(child, names, result);
      }
    }
  }

  void read_symbols(uint64_t address, const std::string& names, std::vector<Child>& result) {
    if (!nodes_.insert(address).second) fail("a group's tree is damaged");
    const std::string head = at(address, 8);
    if (!head.starts_with("SNOD")) fail("a group's table is damaged");
    const uint64_t count = number(head, 6, 2);
    if (result.size() + count > kMostObjects) fail("it has too many objects");
    const std::string entries = at(address + 8, count * 40);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t name = number(entries, i * 40, 8), header = number(entries, i * 40 + 8, 8);
      if (number(entries, i * 40 + 16, 4) == 2) continue;  // a symbolic link
      const size_t end = name < names.size() ? names.find('\0', name) : std::string::npos;
      if (end == std::string::npos) fail("a name is cut off");
      result.push_back({names.substr(name, end - name), header});
    }
  }

  /// Link message (IV.A.2.g) of a compact group; soft and external links are left out.
  void read_link(const std::string& data, std::vector<Child>& result) const {
    const uint64_t flags = number(data, 1, 1);
    size_t position = 2;
    uint64_t kind = 0;
    if (flags & 8) kind = number(data, position++, 1);
    if (flags & 4) position += 8;
    if (flags & 16) ++position;
    const size_t length = size_t{1} << (flags & 3);
    const uint64_t name = number(data, position, length);
    position += length;
    if (kind != 0) return;
    if (name > data.size() || position > data.size() - name) fail("a name is cut off");
    result.push_back({data.substr(position, name), number(data, position + name, 8)});
  }

  // --- data sets
  // ----------------------------------------------------------------------------------

  void read_data_set(const std::string& path, const std::vector<Message>& header) {
    Hdf5DataSet result;
    result.path = path;
    result.shape = shape(find(header, kDataSpace)->data, path);
    if (const Message* type = find(header, kDataType)) result.type = number_type(type->data);
    locate(*find(header, kLayout), result);
    if (find(header, kFilters) && result.size > 0) result.type = "compressed";
    const uint64_t bytes = type_size(result.type);
    uint64_t wanted = bytes;
    for (const int64_t edge : result.shape)
      if (__builtin_mul_overflow(wanted, static_cast<uint64_t>(edge), &wanted))
        fail(fmt::format("{} is too large", path));
    if (bytes > 0 && result.size > 0 && wanted != result.size)
      fail(fmt::format("{} has {} bytes, but its shape takes {}", path, result.size, wanted));
    if (result.size > 0 &&
        (result.offset > bytes_.size() || result.size > bytes_.size() - result.offset))
      fail(fmt::format("the values of {} lie beyond its end; it is cut off", path));
    found_.push_back(std::move(result));
  }

  /// Data space message (IV.A.2.b).
  std::vector<int64_t> shape(const std::string& data, const std::string& path) const {
    const uint64_t version = number(data, 0, 1), rank = number(data, 1, 1);
    if (version < 1 || version > 2 || rank > kMostDimensions)
      fail(fmt::format("the shape of {} is damaged", path));
    std::vector<int64_t> edges;
    for (uint64_t i = 0; i < rank; ++i) {
      const uint64_t edge = number(data, (version == 1 ? 8 : 4) + i * 8, 8);
      if (edge > uint64_t{1} << 40) fail(fmt::format("the shape of {} is damaged", path));
      edges.push_back(static_cast<int64_t>(edge));
    }
    return edges;
  }

  /// Data type message (IV.A.2.d): IEEE floats and whole numbers, little-endian.
  std::string number_type(const std::string& data) const {
    const uint64_t kind = number(data, 0, 1) & 15, bits = number(data, 1, 3);
    const uint64_t size = number(data, 4, 4);
    if (bits & 1) return "";  // big-endian
    if (kind == 0) return size <= 8 ? fmt::format("{}{}", bits & 8 ? "I" : "U", size * 8) : "";
    if (kind != 1) return "";
    const uint64_t precision = number(data, 10, 2), exponent = number(data, 13, 1);
    const uint64_t mantissa = number(data, 15, 1);
    if (size * 8 != precision || 1 + exponent + mantissa != precision) return "";
    if (size == 8 && exponent == 11) return "F64";
    if (size == 4 && exponent == 8) return "F32";
    if (size == 2 && exponent == 5) return "F16";
    return "";
  }

  /// Data layout message (IV.A.2.i): where the values lie.
  void locate(const Message& message, Hdf5DataSet& result) const {
    const std::string& data = message.data;
    const uint64_t version = number(data, 0, 1);
    uint64_t kind = 0;
    if (version == 3 || version == 4) {
      kind = number(data, 1, 1);
      if (kind == 0) {
        result.size = number(data, 2, 2);
        result.offset = base_ + message.offset + 4;
      } else if (kind == 1) {
        result.offset = number(data, 2, 8);
        result.size = number(data, 10, 8);
      }
    } else if (version == 1 || version == 2) {
      const uint64_t rank = number(data, 1, 1);
      kind = number(data, 2, 1);
      if (kind == 1) {
        result.offset = number(data, 8, 8);
        result.size = type_size(result.type);
        for (const int64_t edge : result.shape)
          if (__builtin_mul_overflow(result.size, static_cast<uint64_t>(edge), &result.size))
            fail("a data set is too large");
      } else if (kind == 0) {
        result.size = number(data, 8 + rank * 4, 4);
        result.offset = base_ + message.offset + 12 + rank * 4;
      }
    } else {
      fail("a data set's layout is of an unknown version");
    }
    if (kind > 1) {
      result.type = "chunked";  // only a fault where somebody wants it
      return;
    }
    if (kind == 1) {
      if (result.offset == kNowhere) {
        result.size = 0;
      } else if (__builtin_add_overflow(result.offset, base_, &result.offset)) {
        fail("an address lies outside of the file");
      }
    }
  }

  const ByteSource& bytes_;
  uint64_t base_ = 0;
  std::set<uint64_t> seen_, nodes_;
  std::vector<Hdf5DataSet> found_;
};

}  // namespace

std::vector<Hdf5DataSet> list_hdf5(const ByteSource& bytes) {
  return Reader(bytes).list();
}

}  // namespace nasnet::exchange
