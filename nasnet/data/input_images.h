#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/data/augment/augment.h"
#include "nasnet/data/image_set.h"
#include "nasnet/data/normalization.h"

namespace nasnet::data {

/// Random changes of images in training; the default makes none.
struct Augmentation {
  int crop_padding = 0;  ///< zero (mean) padding on each side before a random crop back to size
  bool flip = false;     ///< random horizontal flip
  int cutout = 0;        ///< edge of the square set to the mean (DeVries & Taylor 2017); 0: none
  AugmentSettings laws = {};  ///< with another law of parts than kPad the padding does not count
};

/// Random numbers of an epoch by image and purpose.
struct Draws {
  uint64_t seed = 0;
  int64_t epoch = 0;

  /// By the image, not by its place in a batch: its changes are the same in another batch size.
  Random operator()(int64_t index, const char* purpose) const {
    const uint64_t stream = static_cast<uint64_t>(epoch) << 40 | static_cast<uint64_t>(index);
    return {seed, stream, purpose};
  }
};

/// A set's images as a network takes them: changed at random, and normalised.
class InputImages {
 public:
  /// `images` must outlive it. Throws InputError where the augmentation is not for such images.
  InputImages(const ImageSet& images, const Normalization& normalization,
              const Augmentation& augmentation);

  /// Writes height * width * channels values, pixel by pixel. False where the image is unreadable
  /// and such are skipped. From any thread.
  bool write(int64_t index, const Draws& draws, float* out) const;

  /// True if inputs are mixed with each other.
  bool mixes() const;
  /// Mixes the input of image `index` with another one; returns the share of its label.
  float mix(int64_t index, const Draws& draws, const float* other, float* input) const;

 private:
  const ImageSet& images_;
  Augmentation augmentation_;
  std::vector<std::array<float, 256>> tables_;
};

}  // namespace nasnet::data
