#include <nasnet/version.h>

// Compiled into the library, so that a program can compare it with the header's macro.

namespace nasnet {

const char* version() {
  return NASNET_VERSION;
}

}  // namespace nasnet
