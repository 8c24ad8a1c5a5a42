#include "nasnet/logs/training_events.h"

namespace nasnet::logs {

std::vector<Point> points_of(const train::EpochRecord& epoch) {
  std::vector<Point> points = {{"train/loss", epoch.epoch, epoch.loss},
                               {"train/accuracy", epoch.epoch, epoch.accuracy},
                               {"learning_rate", epoch.epoch, epoch.learning_rate}};
  if (epoch.held_out) points.push_back({"held_out/accuracy", epoch.epoch, *epoch.held_out});
  if (epoch.image_size > 0)
    points.push_back({"image_size", epoch.epoch, static_cast<double>(epoch.image_size)});
  return points;
}

std::vector<Point> points_of(const detect::DetectorEpoch& epoch) {
  const detect::DetectionLosses& losses = epoch.losses;
  return {{"train/loss", epoch.epoch, losses.sum()},
          {"train/objectness", epoch.epoch, losses.objectness},
          {"train/proposals", epoch.epoch, losses.proposals},
          {"train/classes", epoch.epoch, losses.classes},
          {"train/boxes", epoch.epoch, losses.boxes},
          {"learning_rate", epoch.epoch, epoch.learning_rate}};
}

std::vector<Point> points_of(const train::ModelInfo& model) {
  std::vector<Point> points;
  if (model.test_accuracy)
    points.push_back({"test/accuracy", model.state.epoch, *model.test_accuracy});
  if (model.test_loss) points.push_back({"test/loss", model.state.epoch, *model.test_loss});
  return points;
}

std::vector<Point> points_of(const detect::DetectorInfo& model) {
  if (!model.test || model.state.history.empty()) return {};
  const int64_t epoch = model.state.history.back().epoch;
  return {{"test/AP", epoch, model.test->ap},
          {"test/AP50", epoch, model.test->ap50},
          {"test/AP75", epoch, model.test->ap75}};
}

}  // namespace nasnet::logs
