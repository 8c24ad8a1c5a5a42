#pragma once

#include <cstdint>

#include "nasnet/base/settings.h"
#include "nasnet/detect/picture_source.h"

namespace nasnet::detect {

/// How pictures are changed in training.
struct PictureAugmentation {
  bool flip = true, flip_vertically = false;  ///< half of the pictures
  double scale_jitter = 0.25;
  double crop = 0.25;
  double brightness = 0.15, contrast = 0.15;
  double mosaic = 0;
};

template <class Visitor>
void visit_settings(Visitor& v, PictureAugmentation& s) {
  v("flip", s.flip, "mirror half of the images at random; not for digits and letters");
  v("flip_vertically", s.flip_vertically,
    "turn half of the images upside down, for pictures without an above");
  v("scale_jitter", s.scale_jitter,
    "largest change of a picture's size, as a share: 0.25 for 0.8 to 1.25 times; of a "
    "larger one a part of the old size is taken",
    Range{0, 9});
  v("crop", s.crop,
    "share of the pictures of which a part is taken, with edges of half to the whole; mostly one "
    "with an object",
    Range{0, 1});
  v("brightness", s.brightness, "largest change of brightness, as a share", Range{0, 1});
  v("contrast", s.contrast, "largest change of contrast, as a share", Range{0, 1});
  v("mosaic", s.mosaic,
    "share of the pictures that are put together from four, until a tenth of the epochs is left",
    Range{0, 1});
}

/// The picture changed by random numbers of streams of (seed, image, epoch): flips, then size and
/// part, then colours. It does not become larger.
Picture augmented(Picture picture, const PictureAugmentation& settings, uint64_t seed,
                  uint64_t image, int64_t epoch);

/// Parts of this picture and of three others, which are drawn from the source, around a point of
/// its middle: a picture of its size. Each part is made as small as still fills its place.
Picture mosaic_of(const PictureSource& pictures, int64_t image, uint64_t seed, int64_t epoch);

/// Picture `image` of an epoch as it is trained on.
Picture training_picture(const PictureSource& pictures, int64_t image,
                         const PictureAugmentation& settings, uint64_t seed, int64_t epoch,
                         int64_t epochs);

}  // namespace nasnet::detect
