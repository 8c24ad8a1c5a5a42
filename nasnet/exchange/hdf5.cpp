#include "nasnet/exchange/hdf5.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nasnet/exchange/hdf5_chunks.h"
#include "nasnet/exchange/hdf5_object.h"
#include "nasnet/exchange/number_types.h"

// The structures follow "HDF5 File Format Specification Version 3.0" of The HDF Group; section
// numbers in the comments are its own.

namespace nasnet::exchange {
namespace {

constexpr size_t kMostObjects = 200'000;
constexpr size_t kMostNames = 20'000;
constexpr int kDeepestGroup = 32;
constexpr size_t kMostDimensions = 16;
constexpr size_t kMostFilters = 32;

using Messages = std::vector<Hdf5Message>;

struct Child {
  std::string name;
  uint64_t header;
};

/// Walks through a file's groups to its data sets.
class Reader {
 public:
  explicit Reader(const ByteSource& bytes) : file_(bytes) {}

  std::vector<Hdf5DataSet> found;
  std::map<std::string, std::string> names;

  void list() {
    read_group_or_data_set("", file_.root(), 0);
    std::sort(found.begin(), found.end(),
              [](const Hdf5DataSet& a, const Hdf5DataSet& b) { return a.path < b.path; });
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { file_.fail(what); }
  std::string at(uint64_t address, uint64_t count) const { return file_.at(address, count); }
  uint64_t number(std::string_view data, size_t offset, size_t size) const {
    return file_.number(data, offset, size);
  }

  // --- groups ------------------------------------------------------------------------------------

  void read_group_or_data_set(const std::string& path, uint64_t address, int depth) {
    if (depth > kDeepestGroup) fail("its groups are nested too deep");
    // An object under two names, or a group within itself, is read once.
    if (!seen_.insert(address).second) return;
    if (seen_.size() > kMostObjects) fail("it has too many objects");
    const Messages header = file_.messages(address);
    if (find(header, Hdf5Type::kDataSpace) && find(header, Hdf5Type::kLayout)) {
      read_data_set(path, header);
      return;
    }
    if (std::string name = file_.text_attribute(header, "name"); !name.empty())
      names[path] = std::move(name);
    if (names.size() > kMostNames) fail("it has too many objects");
    for (const Child& child : children(header))
      read_group_or_data_set(path.empty() ? child.name : path + "/" + child.name, child.header,
                             depth + 1);
  }

  std::vector<Child> children(const Messages& header) {
    std::vector<Child> result;
    if (const Hdf5Message* table = find(header, Hdf5Type::kSymbolTable))
      read_tree(number(table->data, 0, 8), heap(number(table->data, 8, 8)), 0, result);
    for (const Hdf5Message& message : header)
      if (message.type == Hdf5Type::kLink) read_link(message.data, result);
    if (const Hdf5Message* info = find(header, Hdf5Type::kLinkInfo)) {
      const size_t heap_address = number(info->data, 1, 1) & 1 ? 10 : 2;
      if (number(info->data, heap_address, 8) != kHdf5Nowhere)
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

  // --- data sets ---------------------------------------------------------------------------------

  void read_data_set(const std::string& path, const Messages& header) {
    Hdf5DataSet result;
    result.path = path;
    result.shape = shape(find(header, Hdf5Type::kDataSpace)->data, path);
    if (const Hdf5Message* type = find(header, Hdf5Type::kDataType)) {
      result.type = number_type(type->data);
      // Keras keeps bfloat16, which HDF5 does not have, as opaque words with a note.
      if (result.type == "opaque 2" && file_.text_attribute(header, "dtype") == "bfloat16")
        result.type = "BF16";
    }
    if (const Hdf5Message* filters = find(header, Hdf5Type::kFilters))
      read_filters(filters->data, result);
    locate(*find(header, Hdf5Type::kLayout), result);
    const uint64_t wanted = bytes(result);
    if (wanted > 0 && result.size > 0 && wanted != result.size)
      fail(fmt::format("{} has {} bytes, but its shape takes {}", path, result.size, wanted));
    if (result.size > 0 &&
        (result.offset > file_.size() || result.size > file_.size() - result.offset))
      fail(fmt::format("the values of {} lie beyond its end; it is cut off", path));
    found.push_back(std::move(result));
  }

  /// Filter pipeline message (IV.A.2.l).
  void read_filters(const std::string& data, Hdf5DataSet& result) const {
    const uint64_t version = number(data, 0, 1), count = number(data, 1, 1);
    if (version < 1 || version > 2 || count > kMostFilters)
      fail(fmt::format("the filters of {} are damaged", result.path));
    size_t position = version == 1 ? 8 : 2;
    for (uint64_t i = 0; i < count; ++i) {
      Hdf5Filter filter;
      filter.id = number(data, position, 2);
      position += 2;
      size_t name = 0;
      if (version == 1 || filter.id >= 256) {
        name = number(data, position, 2);
        position += 2;
      }
      const uint64_t values = number(data, position + 2, 2);
      position += 4 + (version == 1 ? (name + 7) / 8 * 8 : name);
      for (uint64_t k = 0; k < values; ++k, position += 4)
        filter.values.push_back(static_cast<uint32_t>(number(data, position, 4)));
      if (version == 1 && values % 2 == 1) position += 4;
      if (const std::string unknown = unknown_filter(filter); !unknown.empty())
        result.type = "compressed by " + unknown;
      result.filters.push_back(std::move(filter));
    }
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

  /// Data type message (IV.A.2.d): IEEE floats and whole numbers, little-endian; others in words.
  std::string number_type(const std::string& data) const {
    const uint64_t kind = number(data, 0, 1) & 15, bits = number(data, 1, 3);
    const uint64_t size = number(data, 4, 4);
    if (kind == 5) return fmt::format("opaque {}", size);
    if (kind > 1) return "no number";
    if (bits & 1) return "big-endian";
    if (kind == 0)
      return size <= 8 ? fmt::format("{}{}", bits & 8 ? "I" : "U", size * 8) : "a long integer";
    const uint64_t precision = number(data, 10, 2), exponent = number(data, 13, 1);
    const uint64_t mantissa = number(data, 15, 1);
    const bool whole = size * 8 == precision && 1 + exponent + mantissa == precision;
    if (whole && size == 8 && exponent == 11) return "F64";
    if (whole && size == 4 && exponent == 8) return "F32";
    if (whole && size == 2 && exponent == 5) return "F16";
    if (whole && size == 2 && exponent == 8) return "BF16";
    return "an unusual float";
  }

  /// Data layout message (IV.A.2.i): where the values lie.
  void locate(const Hdf5Message& message, Hdf5DataSet& result) const {
    const std::string& data = message.data;
    const uint64_t version = number(data, 0, 1);
    if (version < 1 || version > 4) fail("a data set's layout is of an unknown version");
    const bool old = version < 3;
    const uint64_t rank = old ? number(data, 1, 1) : 0;
    const uint64_t kind = number(data, old ? 2 : 1, 1);
    if (kind == 0) {  // compact: within the header
      const size_t at = old ? 8 + rank * 4 : 2;
      result.size = number(data, at, old ? 4 : 2);
      result.offset = file_.place(message.offset + at + (old ? 4 : 2));
    } else if (kind == 1) {
      const uint64_t address = number(data, old ? 8 : 2, 8);
      if (address == kHdf5Nowhere) return;
      result.offset = file_.place(address);
      result.size = old ? bytes(result) : number(data, 10, 8);
    } else if (kind == 2 && version < 4) {
      read_chunk_shape(data, old, result);
    } else {  // only a fault where somebody wants it
      result.type = kind == 2 ? "chunked as libver='latest' does" : "a virtual data set";
    }
  }

  /// Bytes that the data set's shape takes.
  uint64_t bytes(const Hdf5DataSet& set) const {
    uint64_t bytes = type_size(set.type);
    for (const int64_t edge : set.shape)
      if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(edge), &bytes))
        fail(fmt::format("{} is too large", set.path));
    return bytes;
  }

  void read_chunk_shape(const std::string& data, bool old, Hdf5DataSet& result) const {
    const uint64_t rank = number(data, old ? 1 : 2, 1);  // and one more for the number's bytes
    if (rank != result.shape.size() + 1)
      fail(fmt::format("the chunks of {} are damaged", result.path));
    Hdf5Chunks chunks;
    chunks.index = number(data, old ? 8 : 3, 8);
    for (uint64_t d = 0; d + 1 < rank; ++d)
      chunks.shape.push_back(static_cast<int64_t>(number(data, (old ? 16 : 11) + d * 4, 4)));
    result.chunks = std::move(chunks);
  }

  Hdf5Bytes file_;
  std::set<uint64_t> seen_, nodes_;
};

}  // namespace

Hdf5File::Hdf5File(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)) {
  Reader reader(*bytes_);
  reader.list();
  data_sets_ = std::move(reader.found);
  names_ = std::move(reader.names);
}

std::string Hdf5File::read(const Hdf5DataSet& set) const {
  return set.chunks ? read_chunks(Hdf5Bytes(*bytes_), set) : bytes_->read(set.offset, set.size);
}

}  // namespace nasnet::exchange
