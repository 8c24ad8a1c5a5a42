#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace nasnet::train {

/// Figures of a finished epoch, summed over its training batches while the weights changed.
struct EpochRecord {
  int64_t epoch = 0;  ///< from 1
  double loss = 0;    ///< mean main cross-entropy, smoothing included, auxiliary head excluded
  double accuracy = 0;
  double learning_rate = 0;  ///< at its last step
  bool operator==(const EpochRecord&) const = default;
};

/// The progress of a training. Together with the tensors of network, optimizer and average it
/// determines all further steps.
struct TrainState {
  int64_t step = 0;   ///< steps done
  int64_t epoch = 0;  ///< epochs done
  int64_t batch = 0;  ///< steps done within the current epoch
  double loss_sum = 0;
  int64_t correct = 0, images = 0;  ///< within the current epoch
  std::vector<EpochRecord> history;
  bool operator==(const TrainState&) const = default;
};

/// {"epoch": .., "train_loss": ..} a record.
nlohmann::json history_to_json(const std::vector<EpochRecord>& history);
std::vector<EpochRecord> history_from_json(const nlohmann::json& rows);

/// The whole state, its history included; doubles round-trip exactly. Reading throws
/// nlohmann::json::exception where a field is missing or of the wrong type.
nlohmann::json state_to_json(const TrainState& state);
TrainState state_from_json(const nlohmann::json& object);

}  // namespace nasnet::train
