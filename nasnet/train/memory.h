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
///     tensors    parameters + replicas' contributions that wait to be added up + velocities
///                (RMSProp: + mean squares) (+ average): 4 bytes a value, kTensorBytes a tensor
///     passes     the larger of a replica's training pass and an evaluation pass (see
///                network/memory.h); the fused kernels' memory is one block that both use. The sum
///                where two networks take them
///     batches    those made ahead, in work and being made: at most 5 of the training or of the
///                evaluation, and the order of the images, 16 bytes an image
///
/// The process's own share, its libraries and the data set, is process_bytes().
struct TrainingMemory {
  int64_t tensors = 0, passes = 0, batches = 0;
  int64_t total() const { return tensors + passes + batches; }
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
};

/// Images at a time that a network is best evaluated on: 250, but with libtorch's operators on the
/// CPU no more than a training's batch, which then has the memory already that evaluation takes.
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

/// How a training is split to fit into memory.
struct BatchSplit {
  int64_t parts = 1;             ///< of a replica's batch: each becomes a replica of its own
  int64_t evaluation_batch = 0;  ///< images at a time in evaluation
  TrainingMemory memory;         ///< of the training so split
  int64_t process = 0;           ///< memory of the process beside the training
  int64_t total() const { return memory.total() + process; }
};

/// Splits the batches of shape.replicas replicas into the least number of parts, equal but for an
/// image, whose estimate is within settings.memory (see there), `process` being the process's other
/// memory; and makes the evaluation's batches smaller than shape.evaluation_batch where they alone
/// would be too large. Depends on nothing else. Throws OutOfMemory, with the estimate in its
/// message, where one image at a time is too much.
BatchSplit split_batch(const graph::Graph& graph, network::Kernels kernels,
                       const TrainSettings& settings, TrainingShape shape, int64_t process);

/// Throws OutOfMemory where the processor's memory is less than such a training takes, even if the
/// estimate is a share kEstimateError too large: the kernel would end its process. `memory`: of the
/// machine, or of the control group that the process is in (MemoryGroup::limit()); 0: not known. It
/// only refuses a training, and never changes one: results must not depend on the machine.
inline constexpr double kEstimateError = 0.15;
void check_memory(const BatchSplit& split, const network::Network& network, int64_t memory);

}  // namespace nasnet::train
