#pragma once

#include <filesystem>
#include <string>

#include "nasnet/network/network.h"
#include "nasnet/train/trainer.h"

namespace nasnet::train {

/// A checkpoint of a training, one safetensors file: the weights ("weights/NAME"), the
/// optimizer's state ("optimizer/NAME"), the averaged weights ("average/NAME", where there are
/// any), and in its metadata the TrainState, what training it is (`identity`, any text that names
/// all that the training depends on) and a SHA-256 of all of it.
///
/// Written atomically. Throws SystemError where it cannot be.
void write_checkpoint(const std::filesystem::path& path, const std::string& identity,
                      const network::Network& network, const Trainer& trainer);

/// Restores the network and the trainer from the file; the training then continues bit for bit as
/// if it had never stopped. Returns false where there is no such file, or it is damaged, or of
/// another training; the network and the trainer are then as they were.
bool read_checkpoint(const std::filesystem::path& path, const std::string& identity,
                     network::Network& network, Trainer& trainer);

}  // namespace nasnet::train
