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

  /// An average over the steps of the training, as its prefix or suffix says: "state_dict_ema.",
  /// "ema_model.module.", "/ExponentialMovingAverage".
  bool averaged() const;
  /// "'state_dict_ema'", "the file's own" without a prefix.
  std::string label() const;
};

/// Every network in the file that has at least half of the names, the fullest first.
std::vector<Family> find_families(const WeightFile& file,
                                  const std::map<std::string, size_t>& names);

/// PyTorch's counters of batches, which no network needs.
bool is_counter(std::string_view name);
/// Tensors of a training rather than a network: an optimizer's, a step's number.
bool is_training_state(std::string_view name);

}  // namespace nasnet::exchange
