#include "nasnet/detect/training_pictures.h"

#include <algorithm>

#include "nasnet/detect/batch_order.h"

namespace nasnet::detect {

TrainingPictures::TrainingPictures(const PictureSource& source,
                                   const PictureAugmentation& augmentation,
                                   const PictureOrder& order, int64_t first_step)
    : source_(source), augmentation_(augmentation), order_(order), step_(first_step) {
  ahead_.start([this]() -> std::optional<StepPictures> {
    const int64_t steps = order_.epochs * batches_per_epoch(source_.count, order_.batch);
    return step_ < steps ? std::optional(make()) : std::nullopt;
  });
}

StepPictures TrainingPictures::next() {
  return ahead_.next().value();
}

/// On the thread.
StepPictures TrainingPictures::make() {
  const int64_t steps = batches_per_epoch(source_.count, order_.batch);
  const int64_t epoch = step_ / steps;
  if (ordered_ != epoch) {
    epoch_order_ = batch_order(source_, order_.batch, order_.seed, epoch);
    ordered_ = epoch;
  }
  const int64_t first = step_ % steps * order_.batch;
  const int64_t last = std::min<int64_t>(first + order_.batch, std::ssize(epoch_order_));
  StepPictures made;
  made.numbers.assign(epoch_order_.begin() + first, epoch_order_.begin() + last);
  for (const int64_t number : made.numbers)
    made.pictures.push_back(
        training_picture(source_, number, augmentation_, order_.seed, epoch, order_.epochs));
  ++step_;
  return made;
}

}  // namespace nasnet::detect
