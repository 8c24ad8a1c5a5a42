#pragma once

#include "nasnet/base/enum_names.h"
#include "nasnet/data/image.h"

namespace nasnet::data {

/// The operations of AutoAugment's family, in torchvision's order.
enum class ImageOperation {
  kIdentity,
  kShearX,      ///< pixels a row
  kShearY,      ///< pixels a column
  kTranslateX,  ///< whole pixels
  kTranslateY,
  kRotate,      ///< degrees, anticlockwise
  kBrightness,  ///< of these four, 0 changes nothing and -1 leaves black,
  kColor,       ///< grey,
  kContrast,    ///< the mean grey,
  kSharpness,   ///< or a smoothed picture
  kPosterize,   ///< bits that are kept
  kSolarize,    ///< bytes from this one on are inverted
  kAutoContrast,
  kEqualize,
};
constexpr int kImageOperations = 14;

/// Applies one of them with its magnitude to the picture, byte for byte as torchvision does with
/// Pillow's pictures (nearest neighbours, black beyond the border).
void apply(ImageOperation operation, double magnitude, Image& image);

}  // namespace nasnet::data
