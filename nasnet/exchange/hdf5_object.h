#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nasnet/base/byte_source.h"

namespace nasnet::exchange {

inline constexpr uint64_t kHdf5Nowhere = ~uint64_t{0};

/// Types of header messages (IV.A.2).
enum class Hdf5Type : uint64_t {
  kDataSpace = 0x01,
  kLinkInfo = 0x02,
  kDataType = 0x03,
  kLink = 0x06,
  kLayout = 0x08,
  kFilters = 0x0b,
  kAttribute = 0x0c,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
};

/// One message of an object header.
struct Hdf5Message {
  Hdf5Type type;
  std::string data;
  uint64_t offset;  ///< of the data in the file
};

/// The lower half of the reader of HDF5: numbers at addresses, and the headers of objects. Every
/// length and address is checked against the file; errors are InputErrors that name it.
class Hdf5Bytes {
 public:
  /// Borrows the bytes; reads the superblock (II.A).
  explicit Hdf5Bytes(const ByteSource& bytes);

  [[noreturn]] void fail(const std::string& what) const;
  /// `count` bytes at an address of the file format's own counting.
  std::string at(uint64_t address, uint64_t count) const;
  /// A little-endian number within a piece that was read.
  uint64_t number(std::string_view data, size_t offset, size_t size) const;
  /// Where the address lies in the file.
  uint64_t place(uint64_t address) const;
  uint64_t size() const { return bytes_.size(); }

  /// Address of the root group's object header.
  uint64_t root() const { return root_; }
  /// The messages of an object header with all its continuations (IV.A.1).
  std::vector<Hdf5Message> messages(uint64_t header) const;
  /// The text of an attribute (IV.A.2.m) that holds one string; "" where there is none.
  std::string text_attribute(const std::vector<Hdf5Message>& messages, std::string_view name) const;

 private:
  using Blocks = std::vector<std::pair<uint64_t, uint64_t>>;
  void read_header_2(uint64_t address, const std::string& start,
                     std::vector<Hdf5Message>& result) const;
  void check_length(const Blocks& blocks) const;
  /// How messages begin: with their type, and so many bytes before their data.
  struct MessageForm {
    size_t type_bytes, head_bytes;
  };
  void parse_block(uint64_t address, const std::string& block, const MessageForm& form,
                   std::vector<Hdf5Message>& result, Blocks& blocks) const;
  std::string attribute_text(std::string_view type, std::string_view value) const;
  std::string global_heap_object(uint64_t address, uint64_t index) const;

  const ByteSource& bytes_;
  uint64_t base_ = 0, root_ = 0;
};

/// The first message of a type, or nullptr.
const Hdf5Message* find(const std::vector<Hdf5Message>& messages, Hdf5Type type);

}  // namespace nasnet::exchange
