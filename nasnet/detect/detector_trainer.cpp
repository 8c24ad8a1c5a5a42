#include "nasnet/detect/detector_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/detect/batch_order.h"
#include "nasnet/train/schedule.h"

// The training loop. Everything random is drawn from (seed, step or epoch, name) and nothing is
// carried on from step to step but weights, optimizer and sums, so that a training that is resumed
// goes on bit for bit.

namespace nasnet::detect {
namespace {

/// AdamW. Of the rule's momentum it makes the decay of its first moment.
network::LearningRule rule_of(const DetectorTraining& settings) {
  return {.optimizer = network::LearningRule::Optimizer::kAdamw,
          .momentum = 0.9,
          .weight_decay = settings.weight_decay,
          .clip = settings.clip};
}

}  // namespace

DetectorTrainer::DetectorTrainer(Detector& detector, PictureSource images,
                                 data::Normalization normalization, DetectorTraining settings,
                                 uint64_t seed)
    : detector_(detector),
      source_(std::move(images)),
      normalization_(std::move(normalization)),
      settings_(settings),
      seed_(seed),
      optimizer_(detector.parameters(), detector.tensors(), rule_of(settings)),
      gradients_(detector.parameters()) {
  if (source_.count == 0) throw InputError("there are no images to train on");
}

int64_t DetectorTrainer::steps_per_epoch() const {
  return batches_per_epoch(source_.count, settings_.batch);
}

/// The rate of a step counted from 0, which rises in a line over the first `warmup_steps`.
double DetectorTrainer::rate_of(int64_t step) const {
  const double rate = train::cosine_rate(settings_.learning_rate, step, total_steps());
  const double rising = static_cast<double>(step + 1) / std::max(settings_.warmup_steps, 1);
  return rate * std::min(rising, 1.0);
}

void DetectorTrainer::fail(const char* what, const StepPictures& of) const {
  std::string names;
  float largest = 0;
  for (const int64_t number : of.numbers)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", source_.name(number));
  for (const Picture& picture : of.pictures)
    for (const boxes::Box& box : picture.target.objects)
      largest = std::max({largest, box.width(), box.height()});
  throw NotANumber(fmt::format(
      "the {} is not a number at step {}, of {} (the largest object is {:.0f} pixels long); try a "
      "lower --learning-rate",
      what, state_.step + 1, names, largest));
}

/// One step. Weights stay as they were where it throws.
void DetectorTrainer::train_on(const StepPictures& of) {
  std::vector<const Picture*> batch;
  std::vector<Target> targets;
  for (const Picture& picture : of.pictures) {
    batch.push_back(&picture);
    targets.push_back(picture.target);
  }
  const graph::Pass pass = {
      .training = true,
      .progress = static_cast<double>(state_.step) / static_cast<double>(total_steps()),
      .drop_path_keep = settings_.drop_path_keep,
      .seed = seed_,
      .step = state_.step};
  const DetectionLosses losses = detector_.add_gradients(make_batch(batch, normalization_), targets,
                                                         pass, 1, gradients_.places());
  if (!std::isfinite(losses.sum())) fail("loss", of);
  if (!std::isfinite(optimizer_.step(gradients_, rate_of(state_.step), state_.step + 1)))
    fail("gradient", of);
  state_.sum.add(losses, 1);
}

bool DetectorTrainer::run(const AfterStep& after_step) {
  TrainingPictures pictures(source_, settings_.augmentation,
                            {.batch = settings_.batch, .epochs = settings_.epochs, .seed = seed_},
                            state_.step);
  while (state_.step < total_steps()) {
    train_on(pictures.next());
    const double rate = rate_of(state_.step);
    ++state_.step;
    if (state_.step % steps_per_epoch() == 0) {
      DetectorEpoch& record = state_.history.emplace_back();
      record.epoch = state_.step / steps_per_epoch();
      record.learning_rate = rate;
      record.losses.add(state_.sum, 1.0 / static_cast<double>(steps_per_epoch()));
      state_.sum = {};
    }
    // After the last step there is nothing to pause.
    if (after_step && !after_step(state_) && state_.step < total_steps()) return false;
  }
  return true;
}

void DetectorTrainer::set_state(DetectorState state, const std::vector<Tensor>& optimizer) {
  // Checked before anything is changed, so that a refused state leaves this one as it was.
  const bool whole = state.step >= 0 && state.step <= total_steps() &&
                     std::ssize(state.history) == state.step / steps_per_epoch();
  if (!whole)
    throw InputError(fmt::format("the saved training is damaged: step {} with {} finished epochs",
                                 state.step, state.history.size()));
  // It throws for tensors of other shapes; the step is taken over only after it.
  optimizer_.set_state(optimizer);
  state_ = std::move(state);
}

std::vector<network::NamedTensor> DetectorTrainer::saved_tensors() const {
  std::vector<network::NamedTensor> all;
  train::append_tensors("weights", detector_.named_tensors(), all);
  train::append_tensors("optimizer", optimizer_.state(), all);
  return all;
}

nlohmann::json DetectorTrainer::saved_state() const {
  return state_to_json(state_);
}

void DetectorTrainer::restore(const std::vector<Tensor>& values, const nlohmann::json& state) {
  const auto optimizer = values.begin() + std::ssize(detector_.tensors());
  set_state(state_from_json(state), {optimizer, values.end()});
  detector_.set_tensors({values.begin(), optimizer});
}

}  // namespace nasnet::detect
