// A training's state as JSON, for manifests and checkpoints.

#include "nasnet/train/train_state.h"

#include <nlohmann/json.hpp>

namespace nasnet::train {

using nlohmann::json;

json history_to_json(const std::vector<EpochRecord>& history) {
  json rows = json::array();
  for (const EpochRecord& record : history) {
    rows.push_back({{"epoch", record.epoch},
                    {"train_loss", record.loss},
                    {"train_accuracy", record.accuracy},
                    {"learning_rate", record.learning_rate}});
    if (record.held_out) rows.back()["held_out_accuracy"] = *record.held_out;
    if (record.image_size > 0) rows.back()["image_size"] = record.image_size;
  }
  return rows;
}

std::vector<EpochRecord> history_from_json(const json& rows) {
  std::vector<EpochRecord> history;
  for (const json& row : rows) {
    history.push_back({row.at("epoch"),
                       row.at("train_loss"),
                       row.at("train_accuracy"),
                       row.at("learning_rate"),
                       {},
                       row.value("image_size", 0)});
    if (row.contains("held_out_accuracy"))
      history.back().held_out = row.at("held_out_accuracy").get<double>();
  }
  return history;
}

json state_to_json(const TrainState& state) {
  return {{"step", state.step},
          {"epoch", state.epoch},
          {"batch", state.batch},
          {"loss_sum", state.loss_sum},
          {"correct", state.correct},
          {"images", state.images},
          {"history", history_to_json(state.history)}};
}

TrainState state_from_json(const json& object) {
  TrainState state;
  state.step = object.at("step");
  state.epoch = object.at("epoch");
  state.batch = object.at("batch");
  state.loss_sum = object.at("loss_sum");
  state.correct = object.at("correct");
  state.images = object.at("images");
  state.history = history_from_json(object.at("history"));
  return state;
}

}  // namespace nasnet::train
