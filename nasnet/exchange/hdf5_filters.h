#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nasnet::exchange {

/// A step of the pipeline that a chunk went through when it was written (HDF5 IV.A.2.l).
struct Hdf5Filter {
  uint64_t id = 0;
  std::vector<uint32_t> values;  ///< its settings
};

/// "szip" and the like where this is a filter that is not undone here, "" for gzip (zlib), shuffle,
/// fletcher32 and h5py's lzf.
std::string unknown_filter(const Hdf5Filter& filter);

/// A chunk of `size` bytes as it was before the filters, which are undone last to first, without
/// those in `skipped` (a bit each). Throws InputError that begins with `name` where the chunk is
/// damaged or has another size.
std::string undo_filters(std::string chunk, const std::vector<Hdf5Filter>& filters,
                         uint64_t skipped, uint64_t size, const std::string& name);

}  // namespace nasnet::exchange
