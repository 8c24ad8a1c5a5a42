#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nasnet/data/dataset.h"
#include "nasnet/graph/graph.h"
#include "nasnet/network/computation.h"
#include "nasnet/space/cell.h"
#include "nasnet/train/model.h"

namespace nasnet::train {

/// A training as `nasnet train` takes it, for fit().
struct FitRequest {
  space::Genotype genotype;
  graph::StackSettings stack;  ///< input and classes are the data set's, set by fit()
  TrainSettings training;
  TuneSettings tuning = {};
  /// A classifier (see SourceModel) whose weights, normalisation and, as the caller has set them
  /// above, genotype, stack and preparation the training begins with; "" for random weights. A
  /// training that is resumed needs it no more.
  std::filesystem::path from = {};
  data::Preparation preparation;  ///< that the data set was read with
  uint64_t seed = 1;
  network::DeviceChoice device = network::DeviceChoice::kAuto;
  int threads = 1;                 ///< of the processor; results do not depend on it
  std::filesystem::path folder;    ///< of the model
  bool resume = false;             ///< resume the training that the folder holds
  bool count_trained = false;      ///< measure on test images that equal training images, too
  double checkpoint_seconds = 60;  ///< seconds of work that a kill may cost at most
  int64_t keep_checkpoints = 0;    ///< of the last so many epochs, see keep_checkpoint()
  /// Processes that make this training together; null: this one alone. The first of them alone uses
  /// the folder.
  group::Group* group = nullptr;
  /// Called after each epoch, for a line of report. A SystemError that it throws, as of a pipe
  /// whose reader is gone, ends the training after it has been saved.
  std::function<void(const EpochRecord&)> after_epoch;
  /// Called with lines on how the training begins: weights taken, rates of its layers.
  std::function<void(const std::string&)> tell = {};
  /// Called after each step: true stops the training as an interruption does.
  std::function<bool()> stop = {};
};

/// The settings that a model's training depends on, as one JSON object: {"epochs": 600, ...}, under
/// the names that `nasnet train` gives them, with underscores.
nlohmann::json training_settings(const ModelInfo& info);

/// Trains a network on the data set's training images and measures it on those of its test images
/// that are not among them; with TrainSettings::ema the averaged weights are measured, and
/// become the finished model, which is returned; with TuneSettings::hold_out those that were best
/// on the images held out. The model's folder is saved at the pace of
/// SavePace, on interruption (then Interrupted is thrown) and at the end. With `resume` the
/// training continues where it was last saved, with the same losses as if it had never stopped; a
/// finished one is returned as it is, and a new one begins where the folder holds none. Throws
/// InputError where the folder holds another training (naming each setting that differs), or as
/// demand_free() does; NotANumber where the loss becomes infinite or NaN; OutOfMemory where the
/// training would not fit; SystemError where the folder cannot be written; group::PeerLost where
/// another process is gone, after the last whole step has been saved.
ModelInfo fit(const FitRequest& request, const data::DataSet& data);

}  // namespace nasnet::train
