#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nasnet/network/network.h"

namespace nasnet::network {

/// Writes the tensors to a safetensors file, atomically, row-major, in float32. Python reads it
/// with `safetensors.torch.load_file`.
void write_tensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                   const std::map<std::string, std::string>& metadata = {});

/// The file's tensors of these names, in their order; numbers of any type become float32. Throws
/// InputError that lists every missing, extra, misshapen and non-finite tensor.
std::vector<Tensor> read_tensors(const std::filesystem::path& path,
                                 const std::vector<NamedTensor>& wanted);

}  // namespace nasnet::network
