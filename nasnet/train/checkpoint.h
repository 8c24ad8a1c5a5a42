#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nasnet/network/network.h"

namespace nasnet::train {

/// A training of any kind, as a checkpoint sees it.
class Resumable {
 public:
  virtual ~Resumable() = default;

  /// All of its tensors, under the names that the file has for them: its own, not copies.
  virtual std::vector<network::NamedTensor> saved_tensors() const = 0;
  /// All else that its further steps depend on and that is not given from outside.
  virtual nlohmann::json saved_state() const = 0;
  /// Continues from values in the order and of the shapes of saved_tensors(), and a state. Throws
  /// InputError or nlohmann::json::exception for a state that it cannot have, before anything is
  /// changed.
  virtual void restore(const std::vector<Tensor>& values, const nlohmann::json& state) = 0;
};

/// Appends the tensors, as KIND/NAME.
void append_tensors(const std::string& kind, const std::vector<network::NamedTensor>& tensors,
                    std::vector<network::NamedTensor>& all);

/// A checkpoint of a training, one safetensors file: its tensors and, in the metadata, its state,
/// what training it is (`identity`, any text that names all that the training depends on) and a
/// SHA-256 of all of it.
///
/// Written atomically. Throws SystemError where it cannot be.
void write_checkpoint(const std::filesystem::path& path, const std::string& identity,
                      const Resumable& training);

/// Restores the training from the file; it then continues bit for bit as if it had never stopped.
/// Returns false where there is no such file, or it is damaged, or of another training; the
/// training is then as it was.
bool read_checkpoint(const std::filesystem::path& path, const std::string& identity,
                     Resumable& training);

}  // namespace nasnet::train
