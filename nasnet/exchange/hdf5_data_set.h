#pragma once

#include "nasnet/exchange/hdf5.h"
#include "nasnet/exchange/hdf5_object.h"

namespace nasnet::exchange {

/// Reads a data set's type, shape, filters and place of its values from its object header. Throws
/// InputError where that is damaged.
Hdf5DataSet read_data_set(const Hdf5Bytes& file, const std::string& path,
                          const std::vector<Hdf5Message>& header);

}  // namespace nasnet::exchange
