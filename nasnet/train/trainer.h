#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "nasnet/data/batches.h"
#include "nasnet/group/group.h"
#include "nasnet/network/network.h"
#include "nasnet/train/group_sum.h"
#include "nasnet/train/settings.h"
#include "nasnet/train/train_state.h"
#include "nasnet/train/tuning.h"
#include "nasnet/train/waiting.h"

namespace nasnet::train {

/// The settings' optimizer, average and loss, and the layers' shares of the rate.
network::LearningRule learning_rule(const TrainSettings& settings, const TuneSettings& tuning,
                                    const graph::Graph& graph);

/// Threads that prepare batches while a network computes: as many as it has on the processor, all
/// of the machine's where it computes on a GPU.
int preparing_threads(const network::Computation& computation);

/// Images of a step: of all replicas together, or all that there are where those are fewer.
int64_t step_images(const TrainSettings& settings, int64_t images);

/// Trains a network: epochs of shuffled, augmented batches; the settings' optimizer along their
/// schedule, and their average of the weights beside it; the auxiliary head's loss added where the
/// graph has one. The network holds the raw weights, not the averaged. Same network, data,
/// settings, seed and parts: same losses, however often it is stopped and started in between.
class Trainer {
 public:
  /// The images of a step are split among settings.replicas * `parts` replicas, equal but for an
  /// image, computed one after the other: the memory of a pass is that of one. The step's gradient
  /// is the mean over all its images, but batch normalisation uses the statistics of each replica,
  /// and the running ones take one step, with the replicas' mean.
  ///
  /// The processes of a `group` compute a share of the replicas each, and all come to the same
  /// weights and states, bit for bit those of one process. It must outlive the trainer. Throws
  /// InputError where there are fewer replicas than processes.
  ///
  /// So many cells are computed again on the way back (graph::Pass), which changes no bit.
  Trainer(network::Network& network, const data::ImageSet& images, std::vector<int64_t> indices,
          const data::Normalization& normalization, TrainSettings settings, uint64_t seed,
          int64_t parts = 1, group::Group* group = nullptr, const TuneSettings& tuning = {},
          int recomputed_cells = 0);

  /// Called after every step; returning false pauses the training. On a GPU loss_sum, correct and
  /// images may lag some steps behind here, as reading them back means waiting for the device.
  using AfterStep = std::function<bool(const TrainState&)>;
  /// Trains from the current state to the end, or to that of the epoch `last`; false where
  /// `after_step` paused it. Throws NotANumber where the loss or the gradient's norm is not finite,
  /// before the weights are updated.
  bool run(const AfterStep& after_step = {}, std::optional<int64_t> last = {});

  int64_t steps_per_epoch() const;
  int64_t total_steps() const;
  const TrainState& state() const;
  /// Continues from a saved training's state, whose tensors the caller restores. Throws InputError
  /// where step, epoch and batch contradict each other.
  void set_state(TrainState state);
  /// Adds to the last finished epoch's record how much of the images held out was right.
  void record_held_out(double accuracy) { state_.history.back().held_out = accuracy; }
  /// Of this trainer's life; the disk is the caller's.
  Waiting waiting() const { return {batches_->waited(), waited_for_others_, 0}; }
  network::Learner& learner() { return *learner_; }
  const network::Learner& learner() const { return *learner_; }

 private:
  /// The results of a step that may still be computed.
  struct UnreadResult {
    int64_t step, images;
    network::Later<network::PartResult> result;
  };
  using Results = std::vector<UnreadResult>;
  struct UnreadNorm {
    int64_t step;
    network::Later<double> norm;
  };
  void train_on(const data::Batch& batch);
  [[noreturn]] void fail(const char* what, int64_t step) const;
  network::Part images_of(int64_t replica) const;
  UnreadResult run_replica(const data::Batch& batch, int64_t number, size_t place);
  Results gather_results(const Results& own) const;
  void take(const Results& results);
  void read_back() const;
  void finish_epoch();
  double rate_of(int64_t step) const;

  network::Network& network_;
  TrainSettings settings_;
  TuneSettings tuning_;
  uint64_t seed_;
  group::Group* group_;
  int recomputed_cells_;
  int64_t images_, replicas_;  // of a step
  ReplicaRange own_;
  std::unique_ptr<network::Learner> learner_;
  mutable TrainState state_;  // behind by what is unread
  mutable Results unread_;
  mutable std::vector<UnreadNorm> unread_norms_;
  std::unique_ptr<data::Batches> batches_;
  double waited_for_others_ = 0;
};

}  // namespace nasnet::train
