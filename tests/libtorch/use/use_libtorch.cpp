// Part of test programs that want the reference kernels.

#include "nasnet/libtorch/backend.h"

namespace {

[[maybe_unused]] const bool used = [] {
  nasnet::network::set_backend([] {
    nasnet::libtorch::set_up_process(1);
    return nasnet::libtorch::backend();
  });
  return true;
}();

}  // namespace
