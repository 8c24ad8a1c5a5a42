#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nasnet/train/model.h"

namespace nasnet::train {

/// A classifier, trained here or imported, with whose weights a training begins.
struct SourceModel {
  std::filesystem::path folder;
  ModelInfo info;
  std::string digest;  ///< SHA-256 of its file of weights
};

/// Throws InputError where the folder is no classifier.
SourceModel load_source(const std::filesystem::path& folder);

/// The network's weights at the beginning of a training.
struct TakenWeights {
  int64_t tensors = 0;                    ///< the source's, as they are
  std::vector<std::string> copied;        ///< classes whose rows of the heads are the source's
  std::vector<std::string> fresh;         ///< classes whose rows were drawn
  std::vector<std::string> renewed;       ///< other tensors of the heads that were drawn
  int channels_before = 0, channels = 0;  ///< of the images
};

/// Gives the network, of the same genotype and stack, the source's tensors: all but the heads'
/// classes, whose rows it takes where match_classes() finds the source's class, and but those of
/// the auxiliary head where images of another size make it another one. What is not taken stays as
/// it is. `info`: of the new model. Throws InputError where a tensor does not fit.
TakenWeights take_weights(const SourceModel& source, const ModelInfo& info,
                          network::Network& network);

/// "from mobile: 1,126 tensors taken; heads: rows of 3 classes copied, of 7 new (cat, dog, ...)".
std::string describe(const TakenWeights& taken, const std::string& source);

}  // namespace nasnet::train
