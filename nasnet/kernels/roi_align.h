#pragma once

// RoIAlign: features of a box of any size on a grid of fixed size, by which a detector's second
// stage reads its proposals.

#include "nasnet/kernels/images.h"

namespace nasnet::kernels {

/// A box around a part of an image, by its edges in pixels of the image.
template <class T>
struct RoiOf {
  T x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};
using Roi = RoiOf<float>;

/// How a box is brought to a grid of bins (He et al., "Mask R-CNN", ICCV 2017, section 3).
struct RoiAlignShape {
  int channels = 0;
  int height = 0, width = 0;          ///< of the map
  int out_height = 7, out_width = 7;  ///< bins
  float scale_y = 1, scale_x = 1;     ///< pixels of the map for one of the image: 1 / stride
  /// Samples of a bin along each axis; 0 for one a pixel of the map, rounded up.
  int samples = 2;
  /// Pixels' values stand at their centres. Else, as before detectron2, half a pixel lower and
  /// righter, and boxes are at least a pixel of the map wide and high.
  bool aligned = true;
  /// Instead of bins: out_height x out_width samples, the outer ones on the box's edges, and 0
  /// beyond the centres of the map's outer pixels, as TensorFlow's crop_and_resize has it. Scales
  /// are (height - 1) / the image's height, and alike; `samples` and `aligned` have no meaning.
  bool corners = false;

  Size image() const { return {height, width, channels}; }
  Size result() const { return {out_height, out_width, channels}; }
};

/// The mean of bilinear samples in each bin. A sample more than a pixel beyond the map's edge is 0;
/// one nearer is that of the edge. `out`: out_height x out_width pixels, overwritten. A box of
/// negative size has samples too, but none with `samples` 0: its bins are 0.
void roi_align(Pixels<const float> map, const RoiAlignShape& shape, const Roi& roi,
               Pixels<float> out);

/// gradient += what d, out_height x out_width pixels, spreads over the map.
void roi_align_gradient(Pixels<const float> d, const RoiAlignShape& shape, const Roi& roi,
                        Pixels<float> gradient);

namespace reference {
/// Sample by sample; for float and double.
template <class T>
void roi_align(Pixels<const T> map, const RoiAlignShape& shape, const RoiOf<T>& roi, Pixels<T> out);
template <class T>
void roi_align_gradient(Pixels<const T> d, const RoiAlignShape& shape, const RoiOf<T>& roi,
                        Pixels<T> gradient);

/// The largest value in each bin, as RoIAlign's forerunner has it (Girshick, "Fast R-CNN", ICCV
/// 2015): edges are rounded to whole pixels, and a box is at least one; bins that lie beyond the
/// map are 0. To compare with: `samples`, `aligned` and `corners` have no meaning.
template <class T>
void roi_pool(Pixels<const T> map, const RoiAlignShape& shape, const RoiOf<T>& roi, Pixels<T> out);
/// Each bin's goes to the first of its largest values.
template <class T>
void roi_pool_gradient(Pixels<const T> d, Pixels<const T> map, const RoiAlignShape& shape,
                       const RoiOf<T>& roi, Pixels<T> gradient);
}  // namespace reference

}  // namespace nasnet::kernels
