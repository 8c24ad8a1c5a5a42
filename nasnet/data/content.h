#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"
#include "nasnet/data/image.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// The first 64 bits of the SHA-256 of any bytes.
uint64_t hash_of_bytes(const std::string& bytes);

/// Of `count` pixels of RGB: all three values of each are equal.
bool is_grey(const uint8_t* pixels, size_t count);

/// The identity of a picture: 64 bits of the SHA-256 of its size and decoded pixels, before any
/// resizing. It does not depend on the file's name, place or kind, nor on a grey picture having one
/// channel or three. Two different pictures
/// among a million have the same one with a probability of 3e-8.
uint64_t content_of(const uint8_t* pixels, ImageSize size, int channels);

/// The identity of a stored picture, without reading it: of its path in the data set and the size
/// of its file.
uint64_t content_of_file(const ImageFile& file);

/// Fills ImageSet::contents of images that still have the size that they were read with.
void fill_contents(ImageSet& images);

/// Pictures that occur more than once in a data set.
struct Duplicates {
  int64_t across = 0;      ///< test images that equal a training image
  int64_t within = 0;      ///< training images that equal an earlier one
  int64_t contradict = 0;  ///< images, of both splits, that equal one of another class
};
Duplicates count_duplicates(const DataSet& data);

/// SHA-256 of the pictures and their classes, independent of their order, their splits and the size
/// that they are resized to.
std::string contents_digest(const DataSet& data);

}  // namespace nasnet::data
