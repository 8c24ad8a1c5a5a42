#pragma once

#include <functional>
#include <memory>
#include <string>

#include "nasnet/exchange/weight_file.h"

namespace nasnet::exchange {

/// The files of one checkpoint, wherever they lie.
struct CheckpointFiles {
  std::string prefix;  ///< "model.ckpt-77", which their names begin with
  /// The file of that name and an ending (".index", ".data-00000-of-00001"); null where it is
  /// missing.
  std::function<std::unique_ptr<ByteSource>(const std::string& ending)> open;
};

/// A checkpoint of TensorFlow's second version, of Saver or, with the objects' own names, of
/// tf.train.Checkpoint and Keras. Throws InputError where it is damaged or a file of it is missing.
std::unique_ptr<WeightFile> open_checkpoint(CheckpointFiles files);

}  // namespace nasnet::exchange
