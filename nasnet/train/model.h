#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/batches.h"
#include "nasnet/data/preparation.h"
#include "nasnet/graph/graph.h"
#include "nasnet/network/network.h"
#include "nasnet/space/cell.h"
#include "nasnet/train/model_folder.h"
#include "nasnet/train/training.h"

namespace nasnet::train {

/// Everything about a model but its tensors; manifest.json of its folder holds it.
struct ModelInfo {
  space::Genotype genotype;
  graph::StackSettings stack;
  std::vector<std::string> classes;
  data::Normalization normalization;
  data::Preparation preparation;  ///< how pictures become images of the network's size
  uint64_t seed = 0;
  TrainSettings training;
  std::string data_source, data_digest;
  std::string data_contents;  ///< data::DataSet::contents; "" of models that do not have it
  std::string split;          ///< digest of the TrainingImages; "" where they are not known
  TrainState state;           ///< progress of the training at this save
  bool finished = false;
  std::optional<double> test_accuracy;  ///< [0, 1], on the test split; none before it is measured
  std::optional<double> test_loss;      ///< mean cross-entropy, without smoothing; likewise
  int64_t test_images = 0;              ///< test images that it was measured on
  int64_t test_left_out = 0;  ///< test images that were not measured on: they were trained on
  std::string imported;       ///< file and format of weights that came from elsewhere, else ""
  TuneSettings tuning;
  std::string from, from_digest;  ///< model that it began with, and SHA-256 of its weights, or ""
};

/// Saves the model into its folder (model_folder.h): the weights and, until the training is
/// finished, the optimizer's state ("momentum"), the averaged weights ("ema", where there is an
/// average) and the best so far ("best", where images are held out). Throws NotANumber, and saves
/// nothing, where the network has values that are not finite; SystemError where a file cannot be
/// written: the model saved before stays.
void save_model(const std::filesystem::path& folder, const ModelInfo& info,
                const Training& training);

/// The path at which the importer writes an imported model's weights, as safetensors;
/// save_imported() completes the model.
std::filesystem::path imported_weights(const std::filesystem::path& folder);
/// Writes the manifest of a model whose weights lie at imported_weights(). Throws SystemError where
/// it cannot be written.
void save_imported(const std::filesystem::path& folder, const ModelInfo& info);

/// Reads the manifest. Throws InputError where the folder is no model, one of another version, or
/// the manifest is damaged.
ModelInfo load_model_info(const std::filesystem::path& folder);

/// Throws InputError where the data set's classes, or its images' channels, are others than the
/// model's.
void check_fit(const ModelInfo& info, const data::DataSet& data);

/// The model's network for use: with its trained weights, of an unfinished training the averaged
/// ones where there is an average. Throws InputError where a weights file does not fit the network.
std::unique_ptr<network::Network> load_network(const std::filesystem::path& folder,
                                               const ModelInfo& info,
                                               const network::Computation& computation = {});

/// The same for images of another size, without the auxiliary head, whose weights are made for the
/// model's own. Throws InputError where such images are too small for the network.
std::unique_ptr<network::Network> load_network(const std::filesystem::path& folder,
                                               const ModelInfo& info,
                                               const network::Computation& computation,
                                               data::ImageSize size);

/// Restores an unfinished training to the step at which it was saved: the network's raw weights,
/// the progress, the tensors of the optimizer, of the average and of the best. Throws InputError
/// where a file does not fit.
void load_training(const std::filesystem::path& folder, const ModelInfo& info, Training& training);

}  // namespace nasnet::train
