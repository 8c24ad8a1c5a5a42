#pragma once

#include <optional>

#include "nasnet/base/random.h"
#include "nasnet/data/image.h"

namespace nasnet::data {

/// The part that random erasing (Zhong et al., AAAI 2020) covers, by torchvision's law: 2 to 33 %
/// of the area, ratio of height to width uniform in the logarithm from 0.3 to 3.3; none after ten
/// that do not fit.
std::optional<Rect> draw_erased(ImageSize size, Random& random);

/// From the beta distribution with both parameters `alpha` > 0: mixup's share of a picture (Zhang
/// et al., ICLR 2018), the rest of which is another one.
double draw_beta(double alpha, Random& random);

/// CutMix (Yun et al., ICCV 2019) puts a box of another picture, in its place, into the first,
/// which keeps `share` of its area. The box is cut at the border, and may be empty.
struct CutMix {
  Rect box;
  double share = 1;
};
CutMix draw_cutmix(ImageSize size, double alpha, Random& random);

/// `share` of the values and the rest of the others'.
void blend(float* values, const float* others, int64_t count, float share);

/// The box of the other picture of that size, of so many interleaved channels.
void paste(float* values, const float* others, ImageSize size, int channels, const Rect& box);

/// The box as zeros, which are the mean after normalisation.
void erase(float* values, ImageSize size, int channels, const Rect& box);

}  // namespace nasnet::data
