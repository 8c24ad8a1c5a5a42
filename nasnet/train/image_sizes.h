#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/data/image_set.h"
#include "nasnet/data/preparation.h"

namespace nasnet::train {

/// Epochs, up to `last_epoch` (from 1), that train on square images of this edge.
struct SizeSpan {
  int edge = 0;
  int64_t last_epoch = 0;
  bool operator==(const SizeSpan&) const = default;
};

/// TuneSettings::sizes over so many epochs, of a model for images of `own_edge` pixels: all of that
/// size where `sizes` is empty. "128:0.4,160" is 128 pixels in the first 40 % of the epochs,
/// rounded down, and 160 in the others; a size in per cent is that of `own_edge`, to a multiple of
/// 32, or of 4 where that is below 128. Spans without an epoch are left out. Throws InputError,
/// which begins with --sizes, for anything else, for images that shrink, and for such above
/// `own_edge`.
std::vector<SizeSpan> size_spans(const std::string& sizes, int own_edge, int64_t epochs);

/// The size of an epoch, from 0.
int size_of_epoch(const std::vector<SizeSpan>& spans, int64_t epoch);

/// "128x128 pixels in epochs 1 to 6, 160x160 in 7 to 16; measured and used on 224x224".
std::string describe(const std::vector<SizeSpan>& spans, int own_edge);

/// The same images at another size: such as are held are resized by the preparation's rule, those
/// in files are decoded to it.
data::ImageSet at_size(const data::ImageSet& images, int edge, const data::Preparation& preparation,
                       int threads);

}  // namespace nasnet::train
