#include "nasnet/exchange/sorted_table.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "nasnet/base/crc32c.h"
#include "nasnet/base/error.h"
#include "nasnet/base/protobuf.h"
#include "nasnet/exchange/weight_file.h"

// A table is read from front to back, which is all that a checkpoint needs: its index block says
// where each block lies, and a block is a run of entries, each of which repeats the front of the
// key before it. LevelDB's own reader is not used: version 1.23 believes a block's length, and
// reads beyond its memory where that is near 2^64.

namespace nasnet::exchange {
namespace {

/// Numbers of the format: the last bytes of a file, of which the last eight are its mark, and those
/// behind each block, how it is packed and its checksum.
constexpr uint64_t kFooter = 48, kMark = 0xdb4775248b80fb57, kBlockEnd = 5;

class TableReader {
 public:
  using Take = std::function<void(std::string_view, std::string_view)>;

  explicit TableReader(const ByteSource& bytes) : bytes_(bytes) {}

  void read(const Take& take) {
    if (!is_sorted_table(bytes_)) fail("it does not end as a table does");
    const std::string footer = bytes_.read(bytes_.size() - kFooter, kFooter);
    std::string_view rest = footer;
    take_place(rest);  // of a block about the table, in which there is nothing
    const std::string index = block(take_place(rest));
    // The keys of an index are those of its blocks' ends.
    entries(index, [&](std::string_view, std::string_view place) {
      const Place of = take_place(place);
      // Two entries that lead to one block would make reading it as long as the file's square.
      if (of.offset < end_) fail("its blocks overlap");
      entries(block(of), [&](std::string_view key, std::string_view value) {
        if (last_ && key <= *last_) fail("its keys are out of order");
        last_ = key;
        take(key, value);
      });
      end_ = of.offset + of.size;
    });
  }

 private:
  struct Place {
    uint64_t offset = 0, size = 0;
  };

  [[noreturn]] void fail(const char* what) const {
    throw InputError(fmt::format("{} is damaged: {}; copy it again", bytes_.name(), what));
  }

  Place take_place(std::string_view& bytes) const {
    Place place;
    place.offset = take_varint(bytes, bytes_.name());
    place.size = take_varint(bytes, bytes_.name());
    return place;
  }

  std::string block(Place place) const {
    // Compared before it is added to: the sum might wrap around.
    if (place.size > bytes_.size()) fail("a block is longer than the file");
    std::string content = bytes_.read(place.offset, place.size + kBlockEnd);
    const uint64_t stored = little_endian(content, place.size + 1, 4);
    content.resize(place.size + 1);
    if (masked_crc32c(content) != stored) fail("the checksum of a block is wrong");
    if (content.back() != '\0')
      throw InputError(
          fmt::format("{} is packed with Snappy, which TensorFlow's checkpoints have not been "
                      "since 2016; save it again with tf.compat.v1.train.Saver",
                      bytes_.name()));
    content.pop_back();
    return content;
  }

  /// A block ends with the places of keys that are written whole, and their number; whoever reads
  /// it from its front needs none.
  void entries(std::string_view block, const Take& take) {
    if (block.size() < 4) fail("a block is cut off");
    const uint64_t whole_keys = little_endian(block, block.size() - 4, 4);
    block.remove_suffix(4);
    if (whole_keys > block.size() / 4) fail("a block is cut off");
    block.remove_suffix(4 * whole_keys);
    std::string key;
    while (!block.empty()) {
      const uint64_t shared = take_varint(block, bytes_.name());
      const uint64_t fresh = take_varint(block, bytes_.name());
      const uint64_t value = take_varint(block, bytes_.name());
      if (shared > key.size() || fresh > block.size() || value > block.size() - fresh)
        fail("an entry is cut off");
      key.resize(shared);
      key += block.substr(0, fresh);
      unpacked_ += key.size();
      if (unpacked_ > kMostUnpacked * bytes_.size())
        fail("its keys are longer than those of names");
      take(key, block.substr(fresh, value));
      block.remove_prefix(fresh + value);
    }
  }

  const ByteSource& bytes_;
  uint64_t end_ = 0;                 // of the last block
  std::optional<std::string> last_;  // key
  uint64_t unpacked_ = 0;            // bytes of all keys: a few of the file may repeat a long one
};

}  // namespace

bool is_sorted_table(const ByteSource& bytes) {
  return bytes.size() >= kFooter && little_endian(bytes.read(bytes.size() - 8, 8), 0, 8) == kMark;
}

void read_sorted_table(const ByteSource& bytes,
                       const std::function<void(std::string_view, std::string_view)>& take) {
  TableReader(bytes).read(take);
}

}  // namespace nasnet::exchange
