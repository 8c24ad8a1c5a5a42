#include "cli/libtorch_module.h"

#include <string_view>

#include "nasnet/libtorch/backend.h"
#include "nasnet_source_digest.h"

// The module nasnet_libtorch.so: the one file of it that the program knows. Both sides pass C++
// objects, so they must be made of the same sources, which the digest proves.

extern "C" const nasnet::network::Backend* nasnet_load_libtorch(const char* digest, int threads) {
  if (std::string_view(digest) != NASNET_SOURCE_DIGEST) return nullptr;
  nasnet::libtorch::set_up_process(threads);
  static const auto backend = nasnet::libtorch::backend();
  return backend.get();
}

static_assert(std::is_same_v<decltype(&nasnet_load_libtorch), nasnet::cli::LoadLibtorch>);
