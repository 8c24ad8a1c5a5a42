#pragma once

#include <map>
#include <string>
#include <string_view>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

/// Appends the images of one file of CIFAR's binary form: records of 1 label byte (CIFAR-10) or 2
/// (CIFAR-100: coarse, fine; the fine one counts), then 3072 bytes, the planes of 32 x 32 red,
/// green and blue values. Throws InputError for a size that is no multiple of a record, an empty
/// file, a label of `classes` or more.
void parse_cifar(std::string_view bytes, const std::string& file, int label_bytes, int classes,
                 ImageSet& images);

/// True if these are the file names of a binary CIFAR distribution.
bool is_cifar(const std::map<std::string, std::string>& files);

/// Both splits and the class names from the distribution's files: content by base name.
DataSet read_cifar(const std::map<std::string, std::string>& files, const std::string& source);

/// True if read_cifar() reads a file of this base name.
bool is_cifar_file(std::string_view name);

}  // namespace nasnet::data
