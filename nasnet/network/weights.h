#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nasnet::network {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// The network's tensors under their parameters' names, in order.
class Network;
std::vector<NamedTensor> named_tensors(const Network& network);

/// Writes the tensors to a safetensors file, atomically, row-major, in their own types. Python
/// reads it with `safetensors.torch.load_file`.
void write_tensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                   const std::map<std::string, std::string>& metadata = {});

/// Copies the file's tensors into `targets`, matched by name. Throws InputError that lists every
/// missing, extra, misshapen and non-finite tensor; then nothing has been copied.
void read_tensors(const std::filesystem::path& path, const std::vector<NamedTensor>& targets);

}  // namespace nasnet::network
