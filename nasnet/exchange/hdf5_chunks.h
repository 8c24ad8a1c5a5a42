#pragma once

#include "nasnet/exchange/hdf5.h"
#include "nasnet/exchange/hdf5_object.h"

namespace nasnet::exchange {

/// The values of a data set that lies in chunks. Throws InputError where chunks are damaged, are
/// there twice, or some are missing.
std::string read_chunks(const Hdf5Bytes& file, const Hdf5DataSet& set);

}  // namespace nasnet::exchange
