#pragma once

#include <algorithm>
#include <cmath>

#include "nasnet/base/random.h"
#include "nasnet/data/image.h"

namespace nasnet::doctor {

/// A picture like no other: waves of random directions over a colour, which a class may set.
inline data::Image texture(uint64_t seed, int width, int height, int red = 128, int green = 128,
                           int blue = 128) {
  Random random(seed, 0, "texture");
  data::Image image{height, width, {}};
  struct Wave {
    double across, down, phase, length[3];
  };
  std::vector<Wave> waves(10);
  for (Wave& wave : waves) {
    wave = {6 * random.uniform() - 3, 6 * random.uniform() - 3, 6.3 * random.uniform(), {}};
    const double grey = 22 * random.uniform();
    for (double& length : wave.length) length = grey + 6 * random.uniform();
  }
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      double values[3] = {1.0 * red, 1.0 * green, 1.0 * blue};
      for (const Wave& wave : waves) {
        const double turns = wave.across * x / width + wave.down * y / height;
        const double height_here = std::cos(6.283 * turns + wave.phase);
        for (int c = 0; c < 3; ++c) values[c] += wave.length[c] * height_here;
      }
      for (const double value : values)
        image.pixels.push_back(static_cast<uint8_t>(std::clamp(value, 0.0, 255.0)));
    }
  return image;
}

}  // namespace nasnet::doctor
