// The back end is a module of its own, opened where it is asked for: without libtorch the program
// starts at once.

#include "nasnet/network/backend.h"

#include <fmt/format.h>

#include <mutex>

#include "nasnet/base/error.h"

namespace nasnet::network {
namespace {

struct Registry {
  std::mutex mutex;
  FindBackend find;
  bool found = false;
  std::shared_ptr<const Backend> backend;
};

Registry& registry() {
  static Registry one;
  return one;
}

}  // namespace

void set_backend(FindBackend find) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  all.find = std::move(find);
  all.found = false;
  all.backend.reset();
}

const Backend* find_backend() {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (!all.found && all.find) all.backend = all.find();
  all.found = true;
  return all.backend.get();
}

const Backend& demand_backend(const std::string& setting) {
  const Backend* backend = find_backend();
  if (!backend)
    throw InputError(
        fmt::format("{} needs libtorch, which this nasnet was built without; use --kernels fused, "
                    "or install libtorch (scripts/deps --libtorch) and build again (scripts/build)",
                    setting));
  return *backend;
}

}  // namespace nasnet::network
