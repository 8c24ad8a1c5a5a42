#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/base/byte_source.h"
#include "nasnet/exchange/hdf5_filters.h"

namespace nasnet::exchange {

/// A data set that is cut into chunks, each of which went through the filters.
struct Hdf5Chunks {
  std::vector<int64_t> shape;  ///< of a chunk
  uint64_t index = 0;          ///< address of the B-tree that leads to the chunks
};

struct Hdf5DataSet {
  std::string path;  ///< "stem_conv1/stem_conv1/kernel:0"
  std::string type;  ///< as safetensors names it; else, in words, why the values are not read
  std::vector<int64_t> shape;
  uint64_t offset = 0, size = 0;  ///< of the values in the file; size 0 where none are stored
  std::optional<Hdf5Chunks> chunks;
  std::vector<Hdf5Filter> filters;
};

/// A file's data sets. This reads the part of HDF5 that h5py and Keras write: superblocks 0 to 3,
/// groups as symbol tables or compact links, contiguous, compact and chunked data, filters as in
/// hdf5_filters.h. It never trusts a length or an address, and memory follows the file's bytes and
/// the data set that is read.
class Hdf5File {
 public:
  /// Throws InputError where the file is no HDF5, damaged, or has groups in the dense form.
  explicit Hdf5File(std::unique_ptr<ByteSource> bytes);

  const std::vector<Hdf5DataSet>& data_sets() const { return data_sets_; }  ///< by path
  /// The attribute "name" of the groups that have one, by the group's path.
  const std::map<std::string, std::string>& names() const { return names_; }
  /// The values of a data set of a known type: little-endian, row-major in its shape. Throws
  /// InputError where they are damaged, or not all there.
  std::string read(const Hdf5DataSet& set) const;

 private:
  std::unique_ptr<ByteSource> bytes_;
  std::vector<Hdf5DataSet> data_sets_;
  std::map<std::string, std::string> names_;
};

}  // namespace nasnet::exchange
