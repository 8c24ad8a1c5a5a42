#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nasnet/data/batches.h"
#include "nasnet/data/dataset.h"
#include "nasnet/graph/graph.h"
#include "nasnet/network/network.h"
#include "nasnet/space/cell.h"
#include "nasnet/train/checkpoint.h"
#include "nasnet/train/memory.h"
#include "nasnet/train/settings.h"
#include "nasnet/train/trainer.h"

namespace nasnet::train {

/// Parameters of a Training.
struct TrainingRequest {
  const space::Genotype& genotype;
  const graph::StackSettings& stack;  ///< see stack_for()
  const TrainSettings& settings;
  const data::DataSet& data;
  std::vector<int64_t> images;  ///< of data.train, to train on
  const data::Normalization& normalization;
  TuneSettings tuning = {};
  bool heads_only = false;  ///< the other layers stay as they are
  /// Where they train on images of another size than the stack's: data.train at that size, which
  /// must live as long as the training.
  const data::ImageSet* sized = nullptr;
  int64_t evaluation_images = 0;  ///< that it is measured on at the end
  uint64_t seed = 1;
  network::Device device;
  int threads = 1;
  group::Group* group = nullptr;  ///< processes that train together; null: this one alone
};

/// The stack with the data set's input and classes, and with an auxiliary head where the settings
/// give its loss a weight.
graph::StackSettings stack_for(graph::StackSettings stack, const TrainSettings& settings,
                               const data::DataSet& data);

/// The network that trains, on images of this edge where it is not the stack's own: all but the
/// heads is frozen, or else what the settings freeze.
graph::Graph training_graph(const space::Genotype& genotype, graph::StackSettings stack,
                            const TuneSettings& tuning, bool heads_only, int edge);

/// A network with its trainer. `train`, resumed trainings and children are all made here, so that
/// equal settings give equal trainings bit for bit. Throws OutOfMemory where it does not fit (see
/// memory.h), InputError for a precision or kernels that the device does not have.
struct Training : Resumable {
  explicit Training(const TrainingRequest& request);

  /// "weights/NAME", "optimizer/NAME" and, where weights are averaged, "average/NAME"; where images
  /// are held out, "best/NAME".
  std::vector<network::NamedTensor> saved_tensors() const override;
  nlohmann::json saved_state() const override;
  void restore(const std::vector<Tensor>& values, const nlohmann::json& state) override;
  /// That one phase of a training gives the next.
  struct Handover {
    std::vector<Tensor> weights, average, best, optimizer;
    TrainState state;
  };
  Handover hand_over() const;
  /// `optimizer`: its state, too; both train the same layers.
  void take_over(const Handover& from, bool optimizer = false);

  /// Where it trains on images of another size than the stack's, a network with the same values for
  /// images of that; else null.
  std::unique_ptr<network::Network> network_of_stack() const;

  /// `best` under the parameters' names.
  std::vector<network::NamedTensor> named_best() const;

  int64_t batch;  ///< images a step: the settings', or all where there are fewer
  std::unique_ptr<network::Network> network;
  BatchSplit split;
  Trainer trainer;
  /// Where images are held out, the weights that were best on them so far: at first those that the
  /// network begins with.
  std::vector<Tensor> best;

 private:
  const space::Genotype genotype_;
  const graph::StackSettings stack_;
};

}  // namespace nasnet::train
