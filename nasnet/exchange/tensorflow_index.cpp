#include "nasnet/exchange/tensorflow_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/protobuf.h"
#include "nasnet/exchange/sorted_table.h"
#include "nasnet/exchange/weight_file.h"

// A table of messages (BundleEntryProto) by the names of the variables; under the empty name stands
// what holds for all of them (BundleHeaderProto). Everything in it is a claim until it is checked:
// sizes must be those of type and shape, which the reader of values then relies on.

namespace nasnet::exchange {
namespace {

/// TensorFlow's DataType.
std::string type_of(int64_t number) {
  static const std::map<int64_t, std::string> types = {
      {1, "F32"}, {2, "F64"},   {3, "I32"},   {4, "U8"},   {5, "I16"},  {6, "I8"},   {7, "text"},
      {9, "I64"}, {10, "BOOL"}, {14, "BF16"}, {17, "U16"}, {19, "F16"}, {22, "U32"}, {23, "U64"}};
  const auto found = types.find(number);
  return found == types.end() ? fmt::format("TensorFlow's {}", number) : found->second;
}

class IndexReader {
 public:
  explicit IndexReader(const ByteSource& bytes) : bytes_(bytes) {}

  CheckpointIndex read() {
    read_sorted_table(bytes_, [&](std::string_view key, std::string_view value) {
      if (key.empty()) {
        header(value);
      } else if (key.front() != '\0') {  // which parts of partitioned variables begin with
        index_.entries.push_back(entry(key, value));
      }
    });
    if (index_.shards == 0) fail("it does not say how many files of data there are");
    return std::move(index_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{} is damaged: {}; copy it again", bytes_.name(), what));
  }

  /// Calls `take` with the number and the value of each field.
  template <class Take>
  void fields(std::string_view message, Take take) const {
    read_proto(message, bytes_.name(), take);
  }

  void header(std::string_view message) {
    constexpr int64_t kMostFiles = 100'000;  // five digits in their names
    fields(message, [&](const ProtoField& field) {
      if (field.number == 1 && field.is_text)
        throw InputError(fmt::format(
            "{} is a checkpoint of TensorFlow's first version (V1, one file), which is not read: "
            "load it with tf.compat.v1.train.Saver and save it again",
            bytes_.name()));
      if (field.number == 1) {
        if (field.integer < 1 || field.integer > kMostFiles)
          fail(fmt::format("it speaks of {} files of data", field.integer));
        index_.shards = static_cast<uint64_t>(field.integer);
      }
      if (field.number == 2 && field.integer != 0)
        throw InputError(
            fmt::format("{} was saved on a big-endian machine, which is not read", bytes_.name()));
    });
  }

  std::vector<int64_t> shape(std::string_view message) const {
    std::vector<int64_t> edges;
    fields(message, [&](const ProtoField& field) {
      if (field.number != 2) return;
      int64_t edge = 0;
      fields(field.text, [&](const ProtoField& part) {
        if (part.number == 1) edge = part.integer;
      });
      edges.push_back(edge);
      if (edge < 0 || edges.size() > kMostDimensions) fail("a shape is none");
    });
    return edges;
  }

  CheckpointEntry entry(std::string_view name, std::string_view message) const {
    CheckpointEntry entry{.name = printable(name)};
    uint64_t size = 0;
    fields(message, [&](const ProtoField& field) {
      const auto number = static_cast<uint64_t>(field.integer);
      if (field.number == 1) entry.type = type_of(field.integer);
      if (field.number == 2) entry.shape = shape(field.text);
      if (field.number == 3) entry.shard = number;
      if (field.number == 4) entry.begin = number;
      if (field.number == 5) size = number;
      if (field.number == 6) entry.checksum = static_cast<uint32_t>(number);
      if (field.number == 7) ++entry.parts;
    });
    if (__builtin_add_overflow(entry.begin, size, &entry.end) || entry.shard >= index_.shards)
      fail(fmt::format("{} lies nowhere", entry.name));
    const bool counted = type_size(entry.type) > 0 && entry.parts == 0;
    uint64_t expected = std::max<uint64_t>(type_size(entry.type), 1);
    for (const int64_t edge : entry.shape)
      if (__builtin_mul_overflow(expected, static_cast<uint64_t>(edge), &expected))
        fail(fmt::format("the shape of {} is none", entry.name));
    if (counted && size != expected)
      fail(fmt::format("{} has {} bytes, and its shape takes {}", entry.name, size, expected));
    return entry;
  }

  const ByteSource& bytes_;
  CheckpointIndex index_;
};

}  // namespace

CheckpointIndex read_checkpoint_index(const ByteSource& bytes) {
  return IndexReader(bytes).read();
}

}  // namespace nasnet::exchange
