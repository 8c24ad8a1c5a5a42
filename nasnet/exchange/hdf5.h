#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/base/byte_source.h"

namespace nasnet::exchange {

/// A data set of an HDF5 file whose values lie in one piece.
struct Hdf5DataSet {
  std::string path;  ///< "stem_conv1/stem_conv1/kernel:0"
  std::string type;  ///< as safetensors names it, "chunked", "compressed", or "" for other values
  std::vector<int64_t> shape;
  uint64_t offset = 0, size = 0;  ///< of the values in the file; size 0 where none are stored
};

/// Every data set of the file, by path. This reads the part of HDF5 that h5py and Keras write
/// (superblocks 0 to 3, groups as symbol tables or compact links, contiguous and compact data),
/// never trusts a length or an address, and asks for no more memory than the file has bytes.
/// Throws InputError where the file is no HDF5, damaged, or has chunked data or dense groups.
std::vector<Hdf5DataSet> list_hdf5(const ByteSource& bytes);

}  // namespace nasnet::exchange
