#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/batches.h"
#include "nasnet/network/network.h"
#include "nasnet/train/batch_tensors.h"
#include "nasnet/train/optimizer.h"
#include "nasnet/train/settings.h"
#include "nasnet/train/train_state.h"
#include "nasnet/train/weight_average.h"

namespace nasnet::train {

/// Trains a network: epochs of shuffled, augmented batches; the settings' optimizer along their
/// schedule, and their average of the weights beside it; the auxiliary head's loss added where the
/// graph has one. The network holds the raw weights, not the averaged. Same network, data,
/// settings, seed and parts: same losses, however often it is stopped and started in between.
class Trainer {
 public:
  /// A batch is worked on in `parts` parts, equal but for an image, one after the other, and takes
  /// about so many times less memory. The step's gradient is the mean over the batch all the same,
  /// but the statistics of batch normalisation are each part's own, and the running ones take a
  /// step with each part.
  Trainer(network::Network& network, const data::ImageSet& images, std::vector<int64_t> indices,
          data::Normalization normalization, TrainSettings settings, uint64_t seed,
          int64_t parts = 1);

  /// Called after every step; returning false pauses the training. On a GPU loss_sum, correct and
  /// images may lag some steps behind here, as reading them back means waiting for the device.
  using AfterStep = std::function<bool(const TrainState&)>;
  /// Goes on from where the state stands to the end; false where `after_step` paused it. Throws
  /// NotANumber where the loss or the gradient's norm is not finite, before a step is made of it.
  bool run(const AfterStep& after_step = {});

  int64_t steps_per_epoch() const;
  int64_t total_steps() const;
  const TrainState& state() const;
  /// Goes on from another training's state; its tensors are the caller's to restore.
  void set_state(TrainState state);
  Optimizer& optimizer() { return optimizer_; }
  const Optimizer& optimizer() const { return optimizer_; }
  /// The moving average of the weights; nullptr where the settings ask for none.
  const WeightAverage* average() const { return average_ ? &*average_ : nullptr; }

 private:
  /// What a step gave, still on its device.
  struct Unread {
    int64_t step, images;
    at::Tensor loss, correct;
  };
  /// The norm of a step's gradient, still on its device.
  struct UnreadNorm {
    int64_t step;
    at::Tensor norm;
  };
  void train_on(const data::Batch& batch);
  [[noreturn]] void fail(const char* what, int64_t step) const;
  void add_gradients(const BatchTensors& part, int64_t number, double share);
  void read_back() const;
  void read_norms() const;
  void finish_epoch();

  network::Network& network_;
  TrainSettings settings_;
  uint64_t seed_;
  int64_t parts_;
  Optimizer optimizer_;
  std::optional<WeightAverage> average_;
  mutable TrainState state_;  // behind by what is unread
  mutable std::vector<Unread> unread_;
  mutable std::vector<UnreadNorm> unread_norms_;
  std::unique_ptr<data::Batches> batches_;
};

}  // namespace nasnet::train
