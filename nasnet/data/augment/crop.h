#pragma once

#include "nasnet/base/random.h"
#include "nasnet/data/image.h"

namespace nasnet::data {

/// Shares of the picture's area, and ratios of width to height, that a random part may have.
struct CropRange {
  double least_area = 0.08, most_area = 1;
  double least_aspect = 3.0 / 4, most_aspect = 4.0 / 3;
};

/// torchvision's RandomResizedCrop: the area is uniform, the aspect ratio uniform in its logarithm;
/// after ten parts that do not fit, the largest one in the middle whose ratio is in the range.
Rect draw_resized_crop(ImageSize size, const CropRange& range, Random& random);

/// TF-slim's for the Inception and NASNet networks, TensorFlow's sample_distorted_bounding_box
/// around the whole picture: the aspect ratio is uniform in 0.75 to 1.33, the height uniform
/// between those at which the part has `least_area` and all of the picture; it must cover a tenth
/// of that. The whole picture after a hundred parts that do not. The last row and column of a
/// picture larger than the part are never seen, as there.
Rect draw_inception_crop(ImageSize size, Random& random, double least_area = 0.05);

}  // namespace nasnet::data
