#pragma once

#include <nasnet/model.h>
#include <nasnet/settings.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace nasnet {

/// Figures of a finished epoch, over its training images, each measured in its own step: the
/// weights change from one batch to the next.
struct Epoch {
  int64_t number = 0;        ///< from 1
  double loss = 0;           ///< mean cross-entropy an image, in nats
  double accuracy = 0;       ///< [0, 1]
  double learning_rate = 0;  ///< at its last step
};

struct TrainingOptions {
  std::string stack = "cifar";  ///< see Stack
  int cells = 2, filters = 16;  ///< N and F of the paper
  /// Where settings that are not named come from: "none" for the defaults, "cifar", "mobile" or
  /// "large" for the paper's.
  std::string recipe = "none";
  Settings settings;  ///< some of training_settings(): {{"epochs", 5}, {"learning_rate", 0.05}}
  uint64_t seed = 1;
  std::string device = "auto";  ///< see Computation
  int threads = 0;              ///< of the processor; 0 for one a core. Results do not depend on it
  bool resume = false;          ///< resume the training in the folder, where there is one
  std::function<void(const Epoch&)> after_epoch;  ///< called after each epoch; may be empty
  std::function<bool()> stop;  ///< called after each step: true stops the training; may be empty
};

/// The settings that TrainingOptions::settings may name, with the defaults of recipe "none".
std::vector<SettingFacts> training_settings();

/// Trains the genotype's network on the data set's training images, measures it on its test images,
/// and leaves the model in the folder. A checkpoint is saved every minute and when the training is
/// stopped, which throws Interrupted; a resumed training has the same losses as one that was never
/// stopped. Throws InputError for an unknown stack, recipe or setting, and where the folder holds a
/// model and `resume` is false, or a training with other settings or data, or is being written by
/// another process; NotANumber where the loss becomes infinite or NaN; OutOfMemory where the
/// training would not fit; SystemError where the folder cannot be written.
Model train_model(const Genotype& genotype, const DataSet& data,
                  const std::filesystem::path& folder, const TrainingOptions& options = {});

}  // namespace nasnet
