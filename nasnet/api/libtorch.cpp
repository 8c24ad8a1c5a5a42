#include <nasnet/libtorch.h>

#include "nasnet/base/processors.h"
#include "nasnet/libtorch/backend.h"

namespace nasnet {

void use_libtorch(int threads) {
  libtorch::set_up_process(threads_or_cores(threads));
  network::set_backend([] { return libtorch::backend(); });
}

}  // namespace nasnet
