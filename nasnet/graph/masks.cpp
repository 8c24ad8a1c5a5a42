// Random numbers of drop-path and dropout, named by operator, step and purpose. libtorch's
// operators draw the same ones (libtorch/operators.cpp).

#include "nasnet/graph/masks.h"

#include "nasnet/base/check.h"
#include "nasnet/base/random.h"

namespace nasnet::graph {

std::vector<float> random_mask(int64_t count, double keep, uint64_t seed, int64_t step,
                               uint64_t stream, const char* purpose) {
  NASNET_CHECK(keep > 0, "kept values are scaled by 1 / keep");
  Random random(seed ^ (stream * 0x9e3779b97f4a7c15u), static_cast<uint64_t>(step), purpose);
  std::vector<float> mask(count);
  const auto scale = static_cast<float>(1.0 / keep);
  for (float& value : mask) value = random.uniform() < keep ? scale : 0.0f;
  return mask;
}

}  // namespace nasnet::graph
