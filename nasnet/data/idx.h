#pragma once

#include <string>
#include <string_view>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

/// Reads the two files of one split in MNIST's IDX form (big-endian; images of magic 0x803, labels
/// of 0x801), already uncompressed. Throws InputError naming the file at fault: another magic
/// number, sizes that do not match the bytes, other counts in the two files, labels beyond
/// `classes`.
ImageSet parse_idx(std::string_view images, const std::string& images_file, std::string_view labels,
                   const std::string& labels_file, int classes);

/// The file's content, uncompressed where it is a gzip file. Throws InputError where the compressed
/// data is truncated or corrupt, or larger than 4 GiB.
std::string read_maybe_gzip(const std::string& file);

}  // namespace nasnet::data
