#include "nasnet/exchange/hdf5_chunks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nasnet/base/check.h"
#include "nasnet/base/number_types.h"

// Chunked data: a B-tree leads to the chunks, each is read, its filters undone, and its values
// copied to their place. Sizes are checked before memory is taken. All chunks must be there: a
// missing one would be filled with zeros, and zeros are wrong weights.

namespace nasnet::exchange {
namespace {

/// Bounds the recursion; a tree that is no damage has a few levels.
constexpr int kDeepestTree = 32;
/// h5py's chunks are at most a mebibyte; one may be larger than its data set.
constexpr uint64_t kLargestSmallChunk = uint64_t{64} << 20;

/// Reads one data set. Errors name it.
class ChunkReader {
 public:
  ChunkReader(const Hdf5Bytes& file, const Hdf5DataSet& set) : file_(file), set_(set) {
    NASNET_CHECK(set.chunks && set.chunks->shape.size() == set.shape.size(),
                 "a data set and its chunks have as many dimensions");
    const uint64_t number = type_size(set.type);
    uint64_t chunk = number, all = number;
    chunks_ = 1;
    for (size_t d = 0; d < set.shape.size(); ++d) {
      const auto edge = static_cast<uint64_t>(set.shape[d]);
      const auto part = static_cast<uint64_t>(set.chunks->shape[d]);
      if (part == 0 || __builtin_mul_overflow(chunk, part, &chunk) ||
          __builtin_mul_overflow(all, edge, &all))
        fail("its chunks are damaged");
      chunks_ *= (edge + part - 1) / part;
    }
    if (chunk > std::max(kLargestSmallChunk, all)) fail("its chunks are larger than itself");
    chunk_bytes_ = chunk;
    values_.resize(all);
  }

  std::string read() {
    if (chunks_ > 0 && set_.chunks->index != kHdf5Nowhere) read_tree(set_.chunks->index, 0);
    if (places_.size() != chunks_)
      fail(fmt::format("{} of its {} chunks are missing", chunks_ - places_.size(), chunks_));
    return std::move(values_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    file_.fail(fmt::format("{}: {}", set_.path, what));
  }

  /// Version 1 B-tree of chunks (III.A.1): between two children stands a key, the size of a chunk,
  /// the filters that it did not go through and its first position.
  void read_tree(uint64_t address, int depth) {
    if (depth > kDeepestTree || !nodes_.insert(address).second) fail("its chunks are damaged");
    const std::string head = file_.at(address, 24);
    if (!head.starts_with("TREE") || file_.number(head, 4, 1) != 1) fail("its chunks are damaged");
    const uint64_t level = file_.number(head, 5, 1), entries = file_.number(head, 6, 2);
    const size_t rank = set_.shape.size(), key = 8 + 8 * (rank + 1);
    const std::string body = file_.at(address + 24, entries * (key + 8));
    for (uint64_t i = 0; i < entries; ++i) {
      const size_t begin = i * (key + 8);
      const uint64_t child = file_.number(body, begin + key, 8);
      if (level > 0) {
        if (file_.number(file_.at(child, 24), 5, 1) >= level) fail("its chunks are damaged");
        read_tree(child, depth + 1);
        continue;
      }
      std::vector<uint64_t> position(rank);
      for (size_t d = 0; d < rank; ++d) position[d] = file_.number(body, begin + 8 + 8 * d, 8);
      read_chunk(position, child, file_.number(body, begin, 4), file_.number(body, begin + 4, 4));
    }
  }

  void read_chunk(const std::vector<uint64_t>& position, uint64_t address, uint64_t size,
                  uint64_t skipped) {
    // Chunks lie on a grid, and begin within the data set; only their ends may stand out.
    for (size_t d = 0; d < position.size(); ++d)
      if (position[d] >= static_cast<uint64_t>(set_.shape[d]) ||
          position[d] % static_cast<uint64_t>(set_.chunks->shape[d]) != 0)
        fail("a chunk lies outside of it");
    if (!places_.insert(position).second) fail("a chunk is there twice");
    place(undo_filters(file_.at(address, size), set_.filters, skipped, chunk_bytes_, set_.path),
          position);
  }

  /// Copies the part of the chunk that lies within the data set, a row of the last axis at a time.
  void place(const std::string& chunk, const std::vector<uint64_t>& position) {
    const size_t rank = position.size();
    const uint64_t number = type_size(set_.type);
    NASNET_CHECK(chunk.size() == chunk_bytes_, "undo_filters() gives whole chunks alone");
    if (rank == 0) {
      values_ = chunk;
      return;
    }
    std::vector<uint64_t> extent(rank), row(rank, 0);
    for (size_t d = 0; d < rank; ++d)
      extent[d] = std::min(static_cast<uint64_t>(set_.chunks->shape[d]),
                           static_cast<uint64_t>(set_.shape[d]) - position[d]);
    // Row by row: `row` counts the axes but the last, as an odometer turns.
    for (;;) {
      uint64_t from = 0, to = 0;
      for (size_t d = 0; d < rank; ++d) {
        from = from * static_cast<uint64_t>(set_.chunks->shape[d]) + row[d];
        to = to * static_cast<uint64_t>(set_.shape[d]) + position[d] + row[d];
      }
      NASNET_DCHECK((to + extent[rank - 1]) * number <= values_.size());
      std::copy_n(chunk.data() + from * number, extent[rank - 1] * number,
                  values_.data() + to * number);
      size_t d = rank - 1;
      while (d > 0 && ++row[d - 1] == extent[d - 1]) row[--d] = 0;
      if (d == 0) return;
    }
  }

  const Hdf5Bytes& file_;
  const Hdf5DataSet& set_;
  uint64_t chunk_bytes_ = 0, chunks_ = 0;
  std::string values_;
  std::set<uint64_t> nodes_;
  std::set<std::vector<uint64_t>> places_;
};

}  // namespace

std::string read_chunks(const Hdf5Bytes& file, const Hdf5DataSet& set) {
  return ChunkReader(file, set).read();
}

}  // namespace nasnet::exchange
