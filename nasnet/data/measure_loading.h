#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/data/augment/augment.h"
#include "nasnet/data/image_tree.h"
#include "nasnet/data/preparation.h"

namespace nasnet::data {

struct LoadingSettings {
  /// Edge of a network's images; 0: the pictures' own where that is one of at most 96, else 224.
  int image_size = 0;
  Preparation preparation = {};
  CropLaw crop = CropLaw::kRandom;
  double seconds = 10;   ///< about as long as it may take
  int64_t images = 512;  ///< at most so many pictures, the first of a fixed shuffle
  int threads = 1;       ///< of the batches
  bool skip_unreadable = false;
};

/// The cost of a source's pictures on their way into a training. Milliseconds are those of one
/// core's processor time for an image, the median of three rounds.
struct LoadingCosts {
  int64_t images = 0;                       ///< that were measured
  double bytes = 0, height = 0, width = 0;  ///< means, as stored
  ImageSize to = {};                        ///< of a network's images
  double reading = 0;                       ///< all bytes of the file
  double decoding = 0;                      ///< all pixels, from the bytes
  double way = 0;                           ///< from the file to normalised floats, augmented
  double first_reading = 0;                 ///< as `reading`, by the clock, in the first round
  double images_per_second = 0;             ///< of batches on all threads, by the clock
  std::vector<Unreadable> unreadable = {};
};

/// Measures on the pictures of a tree. Throws InputError where there are none, and for one that
/// cannot be read, unless such are skipped.
LoadingCosts measure_loading(const ImageTree& tree, const std::string& source,
                             const LoadingSettings& settings);

}  // namespace nasnet::data
