#pragma once

#include <cstdint>

#include "nasnet/detect/detector.h"
#include "nasnet/detect/detector_trainer.h"

namespace nasnet::detect {

/// The most that a detector's training, and its evaluation image by image, add to their process's
/// resident memory, in bytes:
///
///     tensors    parameters + gradients + AdamW's two moments: 4 bytes a value, kTensorBytes each
///     maps       the larger pass over a batch of the largest canvases, its outputs and their
///                gradients; packed weights and anchors of those canvas sizes that are kept
///     regions    the second stage over a lot of a batch's sample (RegionStage): its pass, and the
///                cuts with their gradients
///     pictures   those that stay decoded, those made ahead, and the canvases in work
///
/// The process's own share, its libraries and the annotations, is train::process_bytes().
struct DetectorMemory {
  int64_t tensors = 0, maps = 0, regions = 0, pictures = 0;
  int64_t total() const { return tensors + maps + regions + pictures; }
};

/// Computed from graphs, settings and sizes alone: nothing is decoded, and it is the same on every
/// machine. The pictures are taken to be kept as keep_pictures() does.
DetectorMemory estimate_memory(const Detector& detector, const PictureSource& pictures,
                               const DetectorTraining& settings, network::Precision precision);

/// Throws OutOfMemory where the memory is less than such a training takes, even if the estimate is
/// a share train::kEstimateError too large. The message says what takes most, and which setting
/// lowers it. `memory` in bytes, as MemoryGroup::limit() tells it; 0: not known.
void check_memory(const DetectorMemory& estimate, int64_t memory);

}  // namespace nasnet::detect
