#pragma once

#include <cstdint>
#include <filesystem>

#include "nasnet/exchange/onnx.h"
#include "nasnet/train/model.h"

namespace nasnet::train {

/// A model that was written as ONNX.
struct Exported {
  int64_t bytes = 0, nodes = 0;
  /// Largest difference of a logit between the network and the file's own graph, and the largest
  /// logit.
  double difference = 0, largest_logit = 0;
  int smallest_size = 0;  ///< edge of the smallest square image that it takes
};

/// How many random images an export is tried on. More than one: the batch is free in the file.
inline constexpr int64_t kExportImages = 2;

/// Writes the model in `folder` as an ONNX file, and notes it in the manifest. What is written is
/// read again and run first: throws Error where its logits differ from the network's by more than
/// 1e-4 of the largest, NotANumber where the network's are not finite. `threads`: of the processor.
Exported export_model(const std::filesystem::path& folder, const ModelInfo& info,
                      const std::filesystem::path& file, const exchange::OnnxOptions& options,
                      int threads);

}  // namespace nasnet::train
