#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/base/byte_source.h"

namespace nasnet::exchange {

/// A variable of a TensorFlow checkpoint.
struct CheckpointEntry {
  std::string name;  ///< printable, whatever the file has
  std::string type;  ///< as safetensors names it; "text"; "TensorFlow's N" for others
  std::vector<int64_t> shape;
  uint64_t shard = 0;           ///< the file of data that has its values
  uint64_t begin = 0, end = 0;  ///< its bytes there
  uint32_t checksum = 0;        ///< masked CRC-32C of them
  int64_t parts = 0;            ///< of a partitioned variable, which has no bytes of its own
};

/// The index of a checkpoint ("model.ckpt-77.index"): TensorFlow's tensor_bundle.proto.
struct CheckpointIndex {
  uint64_t shards = 0;  ///< files of data
  std::vector<CheckpointEntry> entries;
};

/// Parts of partitioned variables, which have no names, are left out. Throws InputError where the
/// index is damaged, of a big-endian machine, or a checkpoint of TensorFlow's first version.
CheckpointIndex read_checkpoint_index(const ByteSource& bytes);

}  // namespace nasnet::exchange
