#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace nasnet::detect {

/// Means over a batch, each with weight 1 in the sum.
struct DetectionLosses {
  double objectness = 0, proposals = 0, classes = 0, boxes = 0;
  double sum() const { return objectness + proposals + classes + boxes; }
  /// Adds `share` times the others, loss by loss.
  void add(const DetectionLosses& more, double share);
};

/// Means over the steps of an epoch.
struct DetectorEpoch {
  int64_t epoch = 0;  ///< from 1
  DetectionLosses losses;
  double learning_rate = 0;  ///< at its last step
};

/// The progress of a training. With the tensors of detector and optimizer it determines all further
/// steps.
struct DetectorState {
  int64_t step = 0;     ///< steps done
  DetectionLosses sum;  ///< of the current epoch's steps so far
  std::vector<DetectorEpoch> history;
};

/// The whole state; doubles round-trip exactly. Reading throws nlohmann::json::exception where a
/// field is missing or of the wrong type.
nlohmann::json state_to_json(const DetectorState& state);
DetectorState state_from_json(const nlohmann::json& object);

}  // namespace nasnet::detect
