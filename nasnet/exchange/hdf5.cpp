#include "nasnet/exchange/hdf5.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nasnet/exchange/hdf5_chunks.h"
#include "nasnet/exchange/hdf5_data_set.h"
#include "nasnet/exchange/hdf5_object.h"

// The structures follow "HDF5 File Format Specification Version 3.0" of The HDF Group; section
// numbers in the comments are its own.

namespace nasnet::exchange {
namespace {

/// Bound what a damaged or hostile file makes the reader walk through.
constexpr size_t kMostObjects = 200'000;
constexpr size_t kMostNames = 20'000;
constexpr int kDeepestGroup = 32;

using Messages = std::vector<Hdf5Message>;

/// A member of a group.
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

  void read_group_or_data_set(const std::string& path, uint64_t address, int depth) {
    if (depth > kDeepestGroup) fail("its groups are nested too deep");
    // An object under two names, or a group within itself, is read once.
    if (!seen_.insert(address).second) return;
    if (seen_.size() > kMostObjects) fail("it has too many objects");
    const Messages header = file_.messages(address);
    if (find(header, Hdf5Type::kDataSpace) && find(header, Hdf5Type::kLayout)) {
      found.push_back(read_data_set(file_, path, header));
      return;
    }
    if (std::string name = file_.text_attribute(header, "name"); !name.empty())
      names[path] = std::move(name);
    if (names.size() > kMostNames) fail("it has too many objects");
    for (const Child& child : children(header))
      read_group_or_data_set(path.empty() ? child.name : path + "/" + child.name, child.header,
                             depth + 1);
  }

  /// Of a group in either form: a symbol table, or links in its header.
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
