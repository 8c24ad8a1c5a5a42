#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "nasnet/boxes/detection_set.h"
#include "nasnet/detect/picture.h"

namespace nasnet::detect {

/// The training images, each at the detector's size. Its functions may be called on any thread,
/// and give the same for the same number.
struct PictureSource {
  int64_t count = 0;
  std::function<Picture(int64_t)> picture;
  std::function<data::ImageSize(int64_t)> size;  ///< of the picture, without decoding it
  std::function<std::string(int64_t)> name;      ///< for messages

  /// Of all pictures once they are decoded.
  int64_t bytes() const;
};

/// Decodes each image when it is asked for.
PictureSource decoding_pictures(const boxes::DetectionSplit& split, const ResizeSettings& resize);

/// Sets of so many bytes at most stay decoded in memory.
inline constexpr int64_t kMostKept = int64_t{1} << 30;
/// The same pictures, decoded now on all cores, with progress, where all together take no more than
/// `most_bytes`; otherwise the source as it is. Throws Interrupted, and InputError where one cannot
/// be decoded.
PictureSource keep_pictures(PictureSource source, int64_t most_bytes = kMostKept);

/// Mean and deviation of `most` pictures, spread over the source, or of all. Shows progress. Throws
/// as the source does, and Interrupted.
data::Normalization measure_colours(const PictureSource& source, int64_t most);

}  // namespace nasnet::detect
