#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/detect/picture_source.h"

namespace nasnet::detect {

/// Batches that an epoch over so many pictures has: those of a set smaller than a batch are one,
/// otherwise the last batch's rest is left out.
int64_t batches_per_epoch(int64_t pictures, int64_t batch);

/// The order of an epoch's pictures, batch after batch, drawn from (seed, epoch): none occurs
/// twice, and those that make no whole batch are left out. Landscapes, with squares, and portraits
/// are not mixed, for a canvas that holds both is half empty; but for one batch, of both kinds'
/// rests.
std::vector<int64_t> batch_order(const PictureSource& pictures, int64_t batch, uint64_t seed,
                                 int64_t epoch);

/// The largest canvas that any of these batches may need.
data::ImageSize largest_canvas(const PictureSource& pictures, int64_t batch);

/// Sizes of canvas that batches of these pictures, and each picture alone, can have at most.
int64_t canvas_sizes(const PictureSource& pictures);

}  // namespace nasnet::detect
