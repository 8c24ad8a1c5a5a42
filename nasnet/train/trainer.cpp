#include "nasnet/train/trainer.h"

#include <ATen/ops/argmax.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/train/schedule.h"

namespace nasnet::train {
namespace {

/// Steps whose losses may wait on a GPU. Reading one back stops the processor until the GPU has
/// caught up, and the GPU then stands still until it is given work again.
constexpr size_t kMostUnread = 16;

}  // namespace

Trainer::Trainer(network::Network& network, const data::ImageSet& images,
                 std::vector<int64_t> indices, data::Normalization normalization,
                 TrainSettings settings, uint64_t seed, int64_t parts)
    : network_(network),
      settings_(settings),
      seed_(seed),
      parts_(parts),
      optimizer_(network, settings) {
  if (settings.ema > 0) average_.emplace(network, settings.ema);
  if (indices.empty()) throw InputError("there are no images to train on");
  // A set smaller than a batch is one batch; otherwise the rest of the last one is left out, as it
  // would make a step with noisier statistics.
  const auto count = static_cast<int64_t>(indices.size());
  batches_ = std::make_unique<data::Batches>(
      images, std::move(indices), std::move(normalization),
      data::BatchOptions{.batch = std::min<int64_t>(settings.batch, count),
                         .shuffle = true,
                         .augmentation = {settings.crop_padding.value_or(images.width / 8),
                                          settings.flip, settings.cutout},
                         .seed = seed,
                         .drop_last = true});
}

int64_t Trainer::steps_per_epoch() const {
  return batches_->batches_per_epoch();
}

int64_t Trainer::total_steps() const {
  return steps_per_epoch() * settings_.epochs;
}

const TrainState& Trainer::state() const {
  read_back();
  return state_;
}

void Trainer::set_state(TrainState state) {
  unread_.clear();
  unread_norms_.clear();
  state_ = std::move(state);
}

void Trainer::fail(const char* what, int64_t step) const {
  throw NotANumber(
      fmt::format("the {} is not a number at step {} (epoch {}); try a lower --learning-rate", what,
                  step + 1, step / steps_per_epoch() + 1));
}

void Trainer::read_norms() const {
  if (unread_norms_.empty()) return;
  const std::vector<UnreadNorm> read = std::exchange(unread_norms_, {});
  std::vector<at::Tensor> norms;
  for (const UnreadNorm& one : read) norms.push_back(one.norm);
  const at::Tensor values = at::stack(norms).to(c10::kCPU, c10::kDouble);
  for (size_t i = 0; i < read.size(); ++i)
    if (!std::isfinite(values.data_ptr<double>()[i])) fail("gradient", read[i].step);
}

/// Takes the steps' losses into the state in their order, so that it does not matter when.
void Trainer::read_back() const {
  read_norms();
  if (unread_.empty()) return;
  std::vector<at::Tensor> losses, corrects;
  for (const Unread& unread : unread_) {
    losses.push_back(unread.loss);
    corrects.push_back(unread.correct);
  }
  const at::Tensor loss = at::stack(losses).to(c10::kCPU, c10::kDouble);
  const at::Tensor correct = at::stack(corrects).to(c10::kCPU);
  const std::vector<Unread> read = std::exchange(unread_, {});
  for (size_t i = 0; i < read.size(); ++i) {
    const double value = loss.data_ptr<double>()[i];
    if (!std::isfinite(value)) fail("loss", read[i].step);
    state_.loss_sum += value * static_cast<double>(read[i].images);
    state_.correct += correct.data_ptr<int64_t>()[i];
    state_.images += read[i].images;
  }
}

/// Adds the gradients of a part of a batch, `share` of it, to those of the parts before.
void Trainer::add_gradients(const BatchTensors& part, int64_t number, double share) {
  const bool gpu = network_.device().is_cuda();
  const at::Tensor labels = part.labels.to(network_.device(), c10::kLong, /*non_blocking=*/gpu);
  const auto cross_entropy = [&](const at::Tensor& logits) {
    return at::cross_entropy_loss(logits, labels, {}, at::Reduction::Mean, -100,
                                  settings_.label_smoothing);
  };
  network::Pass pass;
  pass.training = true;
  pass.progress = static_cast<double>(state_.step) / static_cast<double>(total_steps());
  pass.drop_path_keep = settings_.drop_path_keep;
  // The parts' images must not share their draws of drop-path and dropout.
  pass.seed = number == 0 ? seed_ : Random(seed_, static_cast<uint64_t>(number), "part").next();
  pass.step = state_.step;
  const network::Outputs outputs = network_.forward(part.images, pass);
  at::Tensor loss = cross_entropy(outputs.logits);
  unread_.push_back({state_.step, labels.size(0), loss.detach(),
                     at::argmax(outputs.logits.detach(), 1).eq(labels).sum()});
  // On the CPU nothing is waited for. An epoch's first step always counts, so that there is a mean.
  if (!gpu || state_.images == 0 || unread_.size() >= kMostUnread) read_back();
  if (outputs.auxiliary_logits.defined())
    loss = loss.add(cross_entropy(outputs.auxiliary_logits), settings_.auxiliary_weight);
  if (share < 1) loss = loss.mul(share);
  loss.backward();
}

void Trainer::train_on(const data::Batch& batch) {
  const BatchTensors all = tensors_of(batch, network_.device());
  const int64_t images = all.labels.size(0), parts = std::min(parts_, images);
  for (int64_t k = 0; k < parts; ++k) {
    const int64_t first = images * k / parts, count = images * (k + 1) / parts - first;
    add_gradients({all.images.narrow(0, first, count), all.labels.narrow(0, first, count)}, k,
                  static_cast<double>(count) / static_cast<double>(images));
  }
  const double rate = learning_rate(settings_, state_.step, steps_per_epoch());
  if (network_.device().is_cuda()) {
    unread_norms_.push_back({state_.step, optimizer_.step_without_waiting(rate)});
  } else if (!std::isfinite(optimizer_.step(rate))) {
    fail("gradient", state_.step);
  }
  if (average_) average_->update(state_.step + 1);
}

void Trainer::finish_epoch() {
  read_back();
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
