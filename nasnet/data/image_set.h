#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/data/image.h"

namespace nasnet::data {

class StoredImages;

/// A file that could not be read, and why: a sentence that names the file.
struct Unreadable {
  std::string file;
  std::string why;
};

/// Labelled images of one size, one byte a channel, NHWC: held in memory, or stored in files and
/// decoded whenever they are wanted.
struct ImageSet {
  int height = 0, width = 0, channels = 0;
  std::vector<uint8_t> pixels;  ///< size() * height * width * channels; none of stored images
  std::vector<int> labels;      ///< in [0, number of classes)
  /// The identity of each picture before resizing: see content_of(), and content_of_file() for
  /// stored images. Filled by load().
  std::vector<uint64_t> contents;
  std::shared_ptr<const StoredImages> stored;  ///< null: held in memory

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
  size_t image_bytes() const { return int64_t{height} * width * channels; }
  /// Of an image that is held.
  const uint8_t* image(int64_t index) const { return pixels.data() + index * image_bytes(); }
  /// Of any, from any thread: where it is held, or decoded into `room`, which has image_bytes().
  /// Null where it is unreadable and such images are skipped; see StoredImages::read().
  const uint8_t* image(int64_t index, uint8_t* room) const;
  /// The part that `choose` takes of the picture as it is stored, or of the image as it is held,
  /// brought to the set's size in `room`. False as image() is null.
  bool read_part(int64_t index, const ChoosePart& choose, uint8_t* room) const;
};

/// The images at `indices`, in that order.
ImageSet select_images(const ImageSet& images, const std::vector<int64_t>& indices);

/// Puts the others behind; both are held, or both stored.
void append_images(const ImageSet& others, ImageSet& images);

/// Keeps `count` images of a fixed shuffle, in their order; all where it is 0.
void limit_images(ImageSet& images, int64_t count);

}  // namespace nasnet::data
