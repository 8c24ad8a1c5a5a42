#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/boxes/detection_set.h"
#include "nasnet/data/batches.h"
#include "nasnet/detect/detector.h"

namespace nasnet::detect {

/// Sizes that images are brought to.
struct ResizeSettings {
  int shortest = 800, longest = 1333;  ///< edges; the aspect ratio is kept
};

/// The size of an image so that its shorter edge is `shortest`, or less where the longer one would
/// exceed `longest`.
data::ImageSize resized(const data::ImageSize& size, const ResizeSettings& settings);

/// An image at the size that the detector sees, and its objects there.
struct Picture {
  data::Image image;
  double scale_y = 1, scale_x = 1;  ///< by which it has been resized
  Target target;
};

/// Decodes and resizes. Objects without area, or difficult ones, are no targets; crowds are crowds.
Picture make_picture(const boxes::DetectionImage& image, const ResizeSettings& settings);
/// The same of an image that has been decoded.
Picture make_picture(const data::Image& decoded, const std::vector<boxes::Object>& objects,
                     const ResizeSettings& settings);

/// The least multiples of kCanvasMultiple that hold a picture.
data::ImageSize canvas_of(const data::ImageSize& picture);

/// The pictures on canvases of one size, the least that hold them all, normalised.
/// Beyond a picture its canvas has zeros: the mean.
ImageBatch make_batch(const std::vector<const Picture*>& pictures,
                      const data::Normalization& normalization);

}  // namespace nasnet::detect
