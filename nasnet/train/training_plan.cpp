#include "nasnet/train/training_plan.h"

#include "nasnet/network/weight_average.h"
#include "nasnet/train/image_sizes.h"
#include "nasnet/train/schedule.h"

namespace nasnet::train {

std::vector<PlanPoint> plan_points(const RecipeSettings& settings, int64_t steps_per_epoch,
                                   int edge) {
  constexpr int64_t kPoints = 10;
  const TrainSettings& training = settings.training;
  const TuneSettings& tuning = settings.tuning;
  const int64_t steps = training.epochs * steps_per_epoch;
  const std::vector<SizeSpan> sizes = size_spans(tuning.sizes, edge, training.epochs);
  std::vector<PlanPoint> points;
  for (int64_t k = 0; k < kPoints; ++k) {
    PlanPoint point;
    point.step = k * steps / kPoints;
    const int64_t epoch = point.step / steps_per_epoch;
    point.epoch = static_cast<double>(point.step) / static_cast<double>(steps_per_epoch);
    point.rate = learning_rate(training, point.step, steps_per_epoch, tuning.head_epochs);
    point.image_size = size_of_epoch(sizes, epoch);
    point.keep = 1 - static_cast<double>(point.step) / static_cast<double>(steps) *
                         (1 - training.drop_path_keep);
    if (training.ema > 0)
      point.average_decay = network::average_decay(training.ema, point.step + 1);
    point.images = int64_t{training.batch} * training.replicas;
    point.heads_only = epoch < tuning.head_epochs || tuning.freeze == "trunk";
    points.push_back(point);
  }
  return points;
}

}  // namespace nasnet::train
