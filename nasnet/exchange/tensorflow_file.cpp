#include "nasnet/exchange/tensorflow_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nasnet/base/crc32c.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/protobuf.h"
#include "nasnet/exchange/families.h"
#include "nasnet/exchange/tensorflow_index.h"

// A checkpoint: an index, which is read on opening, and files of data with the variables' bytes,
// one of which is open at a time. TensorFlow 1 has the variables by name; TensorFlow 2 by their
// place in a tree of objects, and beside them a message that says what their names were.

namespace nasnet::exchange {
namespace {

constexpr std::string_view kObjects = "_CHECKPOINTABLE_OBJECT_GRAPH";

/// Names by keys, of TrackableObjectGraph (TensorFlow's trackable_object_graph.proto): a key is
/// "layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE", its name "stem_conv1/kernel".
std::map<std::string, std::string> names_of_keys(std::string_view message, const std::string& in) {
  std::map<std::string, std::string> names;
  read_proto(message, in, [&](const ProtoField& node) {
    if (node.number != 1) return;
    read_proto(node.text, in, [&](const ProtoField& attribute) {
      if (attribute.number != 2) return;
      std::string name, key;
      read_proto(attribute.text, in, [&](const ProtoField& field) {
        if (field.number == 2) name = printable(field.text);
        if (field.number == 3) key = printable(field.text);
      });
      if (!name.empty()) names.emplace(std::move(key), std::move(name));
    });
  });
  return names;
}

/// Keras makes its layers in scopes, which no other file of its weights has in their names:
/// "normal_A_block_3/block_1/separable_conv_block_normal_left1_3/LAYER/kernel" is "LAYER/kernel".
std::string without_scopes(const std::string& name) {
  const size_t scope = name.find("_A_block_");
  const size_t layer = name.rfind('/', name.rfind('/') - 1) + 1;
  if (scope == std::string::npos || layer < scope) return name;
  return name.substr(0, name.rfind('/', scope) + 1) + name.substr(layer);
}

class Checkpoint final : public WeightFile {
 public:
  explicit Checkpoint(CheckpointFiles files) : files_(std::move(files)) {
    const auto bytes = files_.open(".index");
    if (!bytes)
      throw InputError(
          fmt::format("{0}.index is missing: it says what {0}.data-... holds; copy it beside it",
                      files_.prefix));
    CheckpointIndex index = read_checkpoint_index(*bytes);
    shards_ = index.shards;
    entries_ = std::move(index.entries);
    demand_data();
    take_object_names();
    std::erase_if(entries_, [](const CheckpointEntry& entry) { return entry.type == "text"; });
    for (const CheckpointEntry& entry : entries_)
      tensors_.push_back({without_scopes(entry.name), entry.type, entry.shape});
  }
  std::string format() const override { return "TensorFlow checkpoint"; }
  TensorLayout layout() const override { return TensorLayout::kTensorflow; }

  void read(const std::vector<size_t>& wanted, const Take& take) const override {
    // As they lie in the files, from front to back.
    std::vector<size_t> order = wanted;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return std::pair(entries_[a].shard, entries_[a].begin) <
             std::pair(entries_[b].shard, entries_[b].begin);
    });
    std::unique_ptr<ByteSource> data;
    for (size_t i = 0; i < order.size(); ++i) {
      const CheckpointEntry& entry = entries_[order[i]];
      if (entry.parts > 0)
        throw InputError(fmt::format(
            "{}: {} is kept in {} parts (a partitioned variable), which is not read: save the "
            "network with variables that are not partitioned",
            files_.prefix, entry.name, entry.parts));
      if (i == 0 || entry.shard != entries_[order[i - 1]].shard) data = open_data(entry.shard);
      take(order[i], to_floats(entry.type, bytes_of(entry, *data)));
    }
  }

 private:
  std::unique_ptr<ByteSource> open_data(uint64_t shard) const {
    const std::string ending = fmt::format(".data-{:05}-of-{:05}", shard, shards_);
    auto bytes = files_.open(ending);
    if (!bytes)
      throw InputError(fmt::format(
          "{0}{1} is missing: it holds the values that {0}.index tells of; copy it beside it",
          files_.prefix, ending));
    return bytes;
  }

  /// A file that is missing or was cut off is told before anything is read.
  void demand_data() const {
    std::map<uint64_t, uint64_t> ends;
    for (const CheckpointEntry& entry : entries_)
      if (entry.parts == 0) ends[entry.shard] = std::max(ends[entry.shard], entry.end);
    for (const auto& [shard, end] : ends)
      if (const auto bytes = open_data(shard); bytes->size() < end)
        throw InputError(
            fmt::format("{} is cut off: it has {} bytes, and the index tells of {}; copy it again",
                        bytes->name(), bytes->size(), end));
  }

  std::string bytes_of(const CheckpointEntry& entry, const ByteSource& data) const {
    std::string bytes = data.read(entry.begin, entry.end - entry.begin);
    // A text's checksum is of other bytes than those that are there.
    if (entry.type != "text" && masked_crc32c(bytes) != entry.checksum)
      throw InputError(fmt::format("{} is damaged: the checksum of {} is wrong; copy it again",
                                   data.name(), entry.name));
    return bytes;
  }

  /// Gives variables of TensorFlow 2 the names that they had before they were saved.
  void take_object_names() {
    const auto objects =
        std::find_if(entries_.begin(), entries_.end(), [](const CheckpointEntry& entry) {
          return entry.name == kObjects && entry.type == "text";
        });
    if (objects == entries_.end()) return;
    const std::string bytes = bytes_of(*objects, *open_data(objects->shard));
    // One text: its length, four bytes of the length's checksum, and itself.
    std::string_view text = bytes;
    const uint64_t length = take_varint(text, files_.prefix);
    constexpr size_t kChecksum = 4;
    if (text.size() < kChecksum || length != text.size() - kChecksum)
      throw InputError(fmt::format("{} is damaged: its objects' names are cut off; copy it again",
                                   files_.prefix));
    const auto names = names_of_keys(text.substr(kChecksum), files_.prefix);
    for (CheckpointEntry& entry : entries_)
      // An optimizer's variables are known by their keys alone.
      if (const auto found = names.find(entry.name);
          found != names.end() && !is_training_state(entry.name))
        entry.name = found->second;
  }

  CheckpointFiles files_;
  uint64_t shards_ = 0;
  std::vector<CheckpointEntry> entries_;  // those of tensors_, in its order
};

}  // namespace

std::unique_ptr<WeightFile> open_checkpoint(CheckpointFiles files) {
  return std::make_unique<Checkpoint>(std::move(files));
}

}  // namespace nasnet::exchange
