#pragma once

#include <functional>
#include <string_view>

#include "nasnet/base/byte_source.h"

namespace nasnet::exchange {

// LevelDB's tables, of which the index of a TensorFlow checkpoint is one: keys in ascending order
// with their values, in blocks with checksums
// (https://github.com/google/leveldb/blob/main/doc/table_format.md).

/// The bytes end as a table does.
bool is_sorted_table(const ByteSource& bytes);

/// Calls `take` with each key and its value, in the file's order; both live for that call only.
/// Time and memory are linear in the file's size, whatever it holds. Throws InputError where the
/// table is damaged, or packed with Snappy.
void read_sorted_table(const ByteSource& bytes,
                       const std::function<void(std::string_view, std::string_view)>& take);

}  // namespace nasnet::exchange
