#include "nasnet/data/normalize.h"

namespace nasnet::data {

void normalize(const uint8_t* pixels, int64_t count,
               const std::vector<std::array<float, 256>>& tables, float* out) {
  if (tables.size() == 3) {  // the common one, without a loop over channels
    const float *red = tables[0].data(), *green = tables[1].data(), *blue = tables[2].data();
    for (int64_t i = 0; i < count; ++i, pixels += 3, out += 3) {
      out[0] = red[pixels[0]];
      out[1] = green[pixels[1]];
      out[2] = blue[pixels[2]];
    }
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    for (const auto& table : tables) *out++ = table[*pixels++];
}

}  // namespace nasnet::data
