#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/batches.h"
#include "nasnet/graph/graph.h"
#include "nasnet/network/network.h"
#include "nasnet/space/cell.h"
#include "nasnet/train/trainer.h"

namespace nasnet::train {

/// Everything about a model but its tensors: what manifest.json of its folder holds.
struct ModelInfo {
  space::Genotype genotype;
  graph::StackSettings stack;
  std::vector<std::string> classes;
  data::Normalization normalization;
  double central_crop = 1.0;  ///< share of a picture's centre that the network is shown
  uint64_t seed = 0;
  TrainSettings training;
  std::string data_source, data_digest;
  TrainState state;
  bool finished = false;
  std::optional<double> test_accuracy;  ///< on the data set's test split, once measured
  int64_t test_images = 0;
  std::string imported;  ///< file and format of weights that came from elsewhere, else ""
};

/// A model is a folder: manifest.json (versioned), the weights and, until the training is finished,
/// the momentum, as safetensors. Saving writes new files first and then replaces the manifest that
/// names them, so that a folder always holds one whole model, whatever happens in between.
void save_model(const std::filesystem::path& folder, const ModelInfo& info,
                const network::Network& network, const Sgd* optimizer);

/// Where the weights of a model that is imported go, before save_imported() makes it one.
std::filesystem::path imported_weights(const std::filesystem::path& folder);
/// Writes the manifest of a model whose weights lie at imported_weights().
void save_imported(const std::filesystem::path& folder, const ModelInfo& info);

bool is_model(const std::filesystem::path& folder);

/// Throws InputError where the folder is no model, or one of another version.
ModelInfo load_model_info(const std::filesystem::path& folder);

/// The network of the model with its trained weights.
network::Network load_network(const std::filesystem::path& folder, const ModelInfo& info,
                              c10::Device device = c10::kCPU);

/// The momentum of an unfinished training.
void load_momentum(const std::filesystem::path& folder, Sgd& optimizer);

}  // namespace nasnet::train
