#include "nasnet/search/evaluators/training_code.h"

#include <nasnet_detector_digest.h>  // made by CMakeLists.txt
#include <nasnet_training_digest.h>  // alike

namespace nasnet::search {

std::string training_code() {
  return NASNET_TRAINING_DIGEST;
}

std::string detector_code() {
  return NASNET_DETECTOR_DIGEST;
}

}  // namespace nasnet::search
