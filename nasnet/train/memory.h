#pragma once

#include <cstdint>
#include <string>

#include "nasnet/data/dataset.h"
#include "nasnet/network/memory.h"
#include "nasnet/network/network.h"
#include "nasnet/train/settings.h"

namespace nasnet::train {

/// The most that a training and its evaluation add to their process's resident memory, in bytes:
///
///     tensors      parameters + replicas' contributions that wait to be added up + velocities
///                  (RMSProp: + mean squares) (+ average) (where images are held out, + the best so
///                  far, and copies while they are measured): 4 bytes a value, kTensorBytes a
///                  tensor
///     activations  the larger of a replica's training pass and an evaluation pass (see
///                  network/memory.h); the fused kernels' are one block that both use. The sum
///                  where two networks take them
///     kernels      packed weights of both passes, the larger scratch and outputs
///     batches      those made ahead, in work and being made: at most 5 of the training or of the
///                  evaluation, and the order of the images, 16 bytes an image
///
/// Where the classifier alone learns (network/feature_network.h), passes are of inference, and the
/// features that are remembered are activations.
///
/// The process's own share, its libraries and the data set, is process_bytes().
struct TrainingMemory {
  int64_t tensors = 0, activations = 0, kernels = 0, batches = 0;
  int64_t thread = 0;           ///< what each further thread takes
  plan::Recomputed recomputed;  ///< of a training pass
  int64_t total() const { return tensors + activations + kernels + batches; }
};

/// Batch sizes of a training and its evaluation.
struct TrainingShape {
  int64_t images = 0;             ///< that an epoch goes over
  int64_t batch = 0;              ///< images a step
  int64_t replicas = 1;           ///< among which they are split
  int64_t evaluation_images = 0;  ///< that it is measured on at the end
  int64_t evaluation_batch = 0;   ///< at a time
  /// The network that is measured beside the one that trains, with values of its own: that of
  /// larger images. Null where they are one.
  const graph::Graph* evaluated = nullptr;
  int recomputed_cells = 0;  ///< see graph::Pass
  bool keeps_best = false;   ///< the weights that were best so far
};

/// Images at a time that a network is best evaluated on: 250, fewer of large ones, as the fused
/// kernels take few at a time anyway; with libtorch's operators on the CPU no more than a
/// training's batch, which then has the memory already that evaluation takes.
int64_t evaluation_batch(const network::Network& network, int64_t batch);

/// Computed from the graph and the settings alone: the same on every machine.
TrainingMemory estimate_training(const graph::Graph& graph, network::Kernels kernels,
                                 const TrainSettings& settings, const TrainingShape& shape);

/// Resident memory of the program's process, its data set not counted, and what libtorch adds once
/// it is loaded and used, measured on Debian 12 (docs/memory.md). Constants: decisions that depend
/// on them must not depend on the machine.
inline constexpr int64_t kProcessBytes = 30'000'000, kLibtorchBytes = 150'000'000;
int64_t process_bytes(network::Kernels kernels);
/// Memory of the network's process beside a training, the data set included; 0 where the network is
/// on a GPU: then the estimate is of the GPU's memory.
int64_t process_bytes(const network::Network& network, const data::DataSet& data);

/// How a training is made to fit into memory.
struct BatchSplit {
  int64_t parts = 1;             ///< of a replica's batch: each becomes a replica of its own
  int recomputed_cells = 0;      ///< see graph::Pass
  int64_t evaluation_batch = 0;  ///< images at a time in evaluation
  TrainingMemory memory;         ///< of the training so split
  int64_t process = 0;           ///< memory of the process beside the training
  int64_t total() const { return memory.total() + process; }
};

/// Makes a training fit into settings.memory (see there), `process` being the process's other
/// memory. Where the estimate is larger, in this order:
///
/// 1. The evaluation's batches become smaller than shape.evaluation_batch: this costs nothing.
/// 2. Cells are computed again on the way back, as few as do: this costs time, up to a third more,
///    and changes no bit. The fused kernels alone can.
/// 3. The batches of shape.replicas replicas are split into the least number of parts, equal but
///    for an image, with which it fits: this is another training, as each part has batch
///    statistics of its own.
///
/// Results do not depend on the machine: the memory of threads beyond the first is counted as the
/// process's, but no batch is split for its sake.
///
/// Throws OutOfMemory, with the least that would do in its message, where one image at a time is
/// too much.
BatchSplit split_batch(const graph::Graph& graph, network::Kernels kernels,
                       const TrainSettings& settings, TrainingShape shape, int64_t process,
                       int threads = 1);

/// The estimate in a line: what takes how much, and what was done to make it fit.
std::string describe(const BatchSplit& split);

/// Of the features that a classifier's training remembers (network/feature_network.h).
inline constexpr int64_t kFeatureBytes = int64_t{1} << 30;

/// Throws OutOfMemory where the processor's memory is less than such a training takes, even if the
/// estimate is a share kEstimateError too large: the kernel would end its process. `memory`: of the
/// machine, or of the control group that the process is in (MemoryGroup::limit()); 0: not known. It
/// only refuses a training, and never changes one: results must not depend on the machine.
inline constexpr double kEstimateError = 0.15;
void check_memory(const BatchSplit& split, const network::Network& network, int64_t memory);

}  // namespace nasnet::train
