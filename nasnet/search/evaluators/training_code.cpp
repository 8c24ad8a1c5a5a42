#include "nasnet/search/evaluators/training_code.h"

#include <nasnet_training_digest.h>  // made by CMakeLists.txt

namespace nasnet::search {

std::string training_code() {
  return NASNET_TRAINING_DIGEST;
}

}  // namespace nasnet::search
