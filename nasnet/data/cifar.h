#pragma once

#include <map>
#include <string>
#include <string_view>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

/// Appends the images of one file of CIFAR's binary form: records of `label_bytes` bytes, 1 in
/// CIFAR-10 and 2 in CIFAR-100 (coarse, fine; the last one counts), then 3072 bytes, the planes of
/// 32 x 32 red, green and blue values. `file` is its name in messages. Throws InputError for a size
/// that is no multiple of a record, an empty file, a label of `classes` or more.
void parse_cifar(std::string_view bytes, const std::string& file, int label_bytes, int classes,
                 ImageSet& images);

/// True if the keys, base names of files, are those of a binary CIFAR distribution.
bool is_cifar(const std::map<std::string, std::string>& files);

/// Reads both splits and the class names of CIFAR-10 or CIFAR-100. `files` holds each file's
/// content by base name; is_cifar() must be true of it. `source` is the distribution's name in
/// messages. Throws InputError where a file is missing, as parse_cifar() does, or for a wrong
/// number of class names.
DataSet read_cifar(const std::map<std::string, std::string>& files, const std::string& source);

/// True if read_cifar() reads a file of this base name.
bool is_cifar_file(std::string_view name);

}  // namespace nasnet::data
