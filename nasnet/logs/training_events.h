#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/detect/detector_model.h"
#include "nasnet/logs/event_log.h"
#include "nasnet/train/model.h"

namespace nasnet::logs {

// The curves of a training; the step is the epoch. "train/loss", "train/accuracy", "learning_rate",
// "held_out/accuracy"; of a detector each loss by its name.
std::vector<Point> points_of(const train::EpochRecord& epoch);
std::vector<Point> points_of(const detect::DetectorEpoch& epoch);
// Of the finished model: "test/accuracy" and "test/loss", or "test/AP" and "test/AP50".
std::vector<Point> points_of(const train::ModelInfo& model);
std::vector<Point> points_of(const detect::DetectorInfo& model);

/// A training as an event file in a folder.
class TrainingEvents {
 public:
  /// `model`: its folder; `before`: the epochs that a resumed training has behind it.
  template <class Epochs>
  TrainingEvents(const std::filesystem::path& folder, const std::filesystem::path& model,
                 const Epochs& before)
      : log_({folder}, std::filesystem::absolute(model).string()) {
    for (const auto& epoch : before) add(epoch);
    log_.begin();
  }

  /// An epoch, or the finished model.
  template <class T>
  void add(const T& source) {
    log_.post(0, [points = points_of(source)](EventFile& file) {
      for (const Point& point : points) file.add(point);
    });
  }

 private:
  EventLog log_;
};

}  // namespace nasnet::logs
