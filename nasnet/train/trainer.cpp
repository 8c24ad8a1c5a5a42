#include "nasnet/train/trainer.h"

#include <ATen/ops/argmax.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <fmt/format.h>

#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/train/schedule.h"

namespace nasnet::train {

Trainer::Trainer(network::Network& network, const data::ImageSet& images,
                 std::vector<int64_t> indices, data::Normalization normalization,
                 TrainSettings settings, uint64_t seed)
    : network_(network), settings_(settings), seed_(seed), optimizer_(network, settings) {
  if (settings.ema > 0) average_.emplace(network, settings.ema);
  if (indices.empty()) throw InputError("there are no images to train on");
  // A set smaller than a batch is one batch; otherwise the rest of the last one is left out, as it
  // would make a step with noisier statistics.
  const auto count = static_cast<int64_t>(indices.size());
  batches_ = std::make_unique<data::Batches>(
      images, std::move(indices), std::move(normalization),
      data::BatchOptions{.batch = std::min<int64_t>(settings.batch, count),
                         .shuffle = true,
                         .augmentation = {settings.crop_padding, settings.flip, settings.cutout},
                         .seed = seed,
                         .drop_last = true});
}

int64_t Trainer::steps_per_epoch() const {
  return batches_->batches_per_epoch();
}

int64_t Trainer::total_steps() const {
  return steps_per_epoch() * settings_.epochs;
}

void Trainer::train_on(const data::Batch& batch) {
  const at::Tensor labels = batch.labels.to(network_.device());
  const auto cross_entropy = [&](const at::Tensor& logits) {
    return at::cross_entropy_loss(logits, labels, {}, at::Reduction::Mean, -100,
                                  settings_.label_smoothing);
  };
  network::Pass pass;
  pass.training = true;
  pass.progress = static_cast<double>(state_.step) / static_cast<double>(total_steps());
  pass.seed = seed_;
  pass.step = state_.step;
  const network::Outputs outputs = network_.forward(batch.images, pass);
  const at::Tensor loss = cross_entropy(outputs.logits);
  const double value = loss.item<double>();
  if (!std::isfinite(value))
    throw Error(
        fmt::format("the loss is not a number at step {} (epoch {}); try a lower "
                    "--learning-rate",
                    state_.step + 1, state_.epoch + 1));
  if (outputs.auxiliary_logits.defined()) {
    loss.add(cross_entropy(outputs.auxiliary_logits), settings_.auxiliary_weight).backward();
  } else {
    loss.backward();
  }
  optimizer_.step(learning_rate(settings_, state_.step, steps_per_epoch()));
  if (average_) average_->update(state_.step + 1);
  const int64_t images = labels.size(0);
  state_.loss_sum += value * static_cast<double>(images);
  state_.correct += at::argmax(outputs.logits.detach(), 1).eq(labels).sum().item<int64_t>();
  state_.images += images;
}

void Trainer::finish_epoch() {
  ++state_.epoch;
  state_.history.push_back(
      {state_.epoch, state_.loss_sum / static_cast<double>(state_.images),
       static_cast<double>(state_.correct) / static_cast<double>(state_.images),
       learning_rate(settings_, state_.step - 1, steps_per_epoch())});
  state_.batch = 0;
  state_.loss_sum = 0;
  state_.correct = state_.images = 0;
}

bool Trainer::run(const AfterStep& after_step) {
  while (state_.epoch < settings_.epochs) {
    batches_->start(state_.epoch, state_.batch);
    data::Batch batch;
    while (batches_->next(batch)) {
      train_on(batch);
      ++state_.step;
      ++state_.batch;
      if (state_.batch == steps_per_epoch()) finish_epoch();
      const bool finished = state_.epoch == settings_.epochs;
      if (after_step && !after_step(state_) && !finished) return false;
      if (state_.batch == 0) break;
    }
  }
  return true;
}

}  // namespace nasnet::train
