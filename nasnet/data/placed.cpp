#include "nasnet/data/placed.h"

#include <fmt/format.h>

namespace nasnet::data {

std::string count_images(int64_t count) {
  return fmt::format("{} image{}", count, count == 1 ? "" : "s");
}

}  // namespace nasnet::data
