#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

namespace nasnet::train {

/// Figures of a finished epoch, over its training images, each measured in its own step: the
/// weights change from one batch to the next. The loss includes label smoothing, not the auxiliary
/// head's loss.
struct EpochRecord {
  int64_t epoch = 0;         ///< from 1
  double loss = 0;           ///< mean cross-entropy an image, in nats
  double accuracy = 0;       ///< [0, 1]
  double learning_rate = 0;  ///< at its last step
  /// [0, 1], on the images held out, after the epoch; none where it was not measured.
  std::optional<double> held_out;
  int image_size = 0;  ///< edge of its images where TuneSettings::sizes are given, else 0
  bool operator==(const EpochRecord&) const = default;
};

/// The progress of a training. Together with the tensors of network, optimizer and average it
/// determines all further steps.
struct TrainState {
  int64_t step = 0;   ///< steps done
  int64_t epoch = 0;  ///< epochs done
  int64_t batch = 0;  ///< steps done within the current epoch
  // Within the current epoch, over its images so far:
  double loss_sum = 0;  ///< of cross-entropies, in nats: EpochRecord::loss times images
  int64_t correct = 0, images = 0;
  std::vector<EpochRecord> history;  ///< a record a finished epoch
  bool operator==(const TrainState&) const = default;
};

/// A JSON array with {"epoch", "train_loss", "train_accuracy", "learning_rate"} a record, and
/// "held_out_accuracy" and "image_size" where there is one.
/// Reading throws nlohmann::json::exception where a field is missing or of the wrong type.
nlohmann::json history_to_json(const std::vector<EpochRecord>& history);
std::vector<EpochRecord> history_from_json(const nlohmann::json& rows);

/// The whole state, its history included; doubles round-trip exactly. Reading throws
/// nlohmann::json::exception where a field is missing or of the wrong type.
nlohmann::json state_to_json(const TrainState& state);
TrainState state_from_json(const nlohmann::json& object);

}  // namespace nasnet::train
