#include "cli/libtorch.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include "cli/libtorch_module.h"
#include "cli/program_path.h"
#include "nasnet/base/error.h"
#include "nasnet_source_digest.h"
#include "nasnet_version.h"

// libtorch is loaded while the program runs, and only when it is needed: linked in, it would take
// 0.4 s and 150 MB at each start (docs/decisions.md), and the program would not start without it.

namespace nasnet::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModule = "nasnet_libtorch.so";

/// The module's file, or "".
fs::path find_module() {
  const fs::path beside = fs::path(program_path()).parent_path();
  for (const fs::path& folder : {beside, beside / ".." / NASNET_LIBDIR / "nasnet"}) {
    std::error_code ignored;
    if (fs::exists(folder / kModule, ignored)) return folder / kModule;
  }
  return {};
}

/// Throws SystemError where the module cannot be loaded or is of another build: its structs may
/// then have other layouts than the program's.
const network::Backend* load(const fs::path& module, int threads) {
  // RTLD_NOW: a missing symbol is reported here, not in the midst of a training.
  void* handle = ::dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* why = ::dlerror();
    throw SystemError(fmt::format("cannot load libtorch's part of nasnet, {}: {}", module.string(),
                                  why ? why : "no reason given"));
  }
  const auto entry = reinterpret_cast<LoadLibtorch>(::dlsym(handle, kLoadLibtorch));
  const network::Backend* backend = entry ? entry(NASNET_SOURCE_DIGEST, threads) : nullptr;
  if (!backend)
    throw SystemError(
        fmt::format("{} is of another build than this program; build both again "
                    "(scripts/build)",
                    module.string()));
  return backend;
}

}  // namespace

void use_libtorch(int threads) {
  network::set_backend([threads]() -> std::shared_ptr<const network::Backend> {
    const fs::path module = find_module();
    if (module.empty()) return nullptr;
    return {std::shared_ptr<void>(), load(module, threads)};  // it stays for good
  });
}

}  // namespace nasnet::cli
