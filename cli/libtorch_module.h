#pragma once

#include "nasnet/network/backend.h"

namespace nasnet::cli {

/// The one symbol of the module nasnet_libtorch.so, which the program loads where it needs the
/// reference kernels or a GPU: sets up the process (see libtorch/backend.h) and returns the back
/// end, or nullptr where the module was made of other sources than those of this `digest`.
using LoadLibtorch = const network::Backend* (*)(const char* digest, int threads);
inline constexpr const char* kLoadLibtorch = "nasnet_load_libtorch";

}  // namespace nasnet::cli
