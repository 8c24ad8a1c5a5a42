#pragma once

#include "nasnet/base/random.h"
#include "nasnet/data/dataset.h"

namespace nasnet::train {

/// A data set that can be learned in seconds: class k has a bright bar in row band k, on noise.
inline data::ImageSet toy_images(int64_t count, int classes, int edge, int channels,
                                 uint64_t seed) {
  data::ImageSet images;
  images.height = images.width = edge;
  images.channels = channels;
  images.pixels.resize(static_cast<size_t>(count) * images.image_bytes());
  for (int64_t i = 0; i < count; ++i) {
    Random random(seed, static_cast<uint64_t>(i), "toy");
    const int label = static_cast<int>(random.below(static_cast<uint32_t>(classes)));
    images.labels.push_back(label);
    uint8_t* pixel = images.pixels.data() + static_cast<size_t>(i) * images.image_bytes();
    for (int y = 0; y < edge; ++y)
      for (int x = 0; x < edge; ++x)
        for (int c = 0; c < channels; ++c)
          *pixel++ =
              static_cast<uint8_t>(random.below(100) + (y * classes / edge == label ? 120u : 0u));
  }
  return images;
}

inline data::DataSet toy_data(int64_t train, int64_t test, int classes = 4, int edge = 12,
                              int channels = 1) {
  data::DataSet data;
  data.name = data.source = "toy";
  for (int k = 0; k < classes; ++k) data.classes.push_back("band" + std::to_string(k));
  data.train = toy_images(train, classes, edge, channels, 1);
  data.test = toy_images(test, classes, edge, channels, 2);
  return data;
}

}  // namespace nasnet::train
