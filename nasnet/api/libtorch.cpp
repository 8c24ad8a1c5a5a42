#include <nasnet/libtorch.h>

#include "nasnet/base/processors.h"
#include "nasnet/libtorch/backend.h"

// Apart from all other files of the library, and in a target of its own: only programs that call it
// are linked with libtorch.

namespace nasnet {

void use_libtorch(int threads) {
  libtorch::set_up_process(threads_or_cores(threads));
  // The back end is made when a network first needs it.
  network::set_backend([] { return libtorch::backend(); });
}

}  // namespace nasnet
