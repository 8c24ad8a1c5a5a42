#include <nasnet/version.h>

namespace nasnet {

const char* version() {
  return NASNET_VERSION;
}

}  // namespace nasnet
