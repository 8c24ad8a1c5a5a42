#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nasnet/exchange/weight_file.h"

namespace nasnet::exchange {

/// The tensors of one network in a file: those whose names are a network's behind one and the same
/// prefix, as wrappers leave it ("state_dict.module.model."), or, in TensorFlow's checkpoints,
/// before the suffix of their averages.
struct Family {
  std::string prefix, suffix;
  std::map<std::string, size_t> tensors;  ///< by the network's own name: indices of the file's
  /// An average over the steps of the training, as prefix, suffix or what stands beside it say:
  /// "state_dict_ema.", "ema_model.module.", "/ExponentialMovingAverage".
  bool averaged = false;

  /// "'state_dict_ema'", "those without a prefix".
  std::string label() const;
};

/// Every network in the file that has at least half of the names, the fullest first. Parts of names
/// that wrappers put between modules ("cell_0._orig_mod.conv_1x1") are passed over; an average may
/// have lost the dots of its names ("model_ema.cell_0conv_1x1convweight"), as LitEma writes it, or
/// the names, as torch_ema does (numbered_averages.h).
std::vector<Family> find_families(const WeightFile& file,
                                  const std::map<std::string, size_t>& names);

/// A prefix or suffix of names has a word for an average: ema, swa, shadow, ...
bool says_average(std::string_view text);

/// PyTorch's counters of batches, which no network needs.
bool is_counter(std::string_view name);
/// Running means and variances, by the names of all ports.
bool is_statistic(std::string_view name);
/// Tensors of a training rather than a network: an optimizer's, a step's number.
bool is_training_state(std::string_view name);

}  // namespace nasnet::exchange
