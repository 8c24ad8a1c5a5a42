#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nasnet/data/image.h"
#include "nasnet/data/image_set.h"

namespace nasnet::data {

/// Per-channel mean and standard deviation of pixel / 255, as the network's input expects them;
/// travels in a model's manifest.
struct Normalization {
  std::vector<double> mean, deviation;
};

/// By channel: the normalised value of each byte. Throws InputError where the normalisation is for
/// another number of channels.
std::vector<std::array<float, 256>> normalization_tables(const Normalization& normalization,
                                                         int channels);

/// Measured over the images at `indices`; of more than 100,000 over 10,000 of them, the first of a
/// fixed shuffle.
Normalization measure_normalization(const ImageSet& images, const std::vector<int64_t>& indices);
/// Over all.
Normalization measure_normalization(const ImageSet& images);
/// Over pictures of any sizes.
Normalization measure_normalization(const std::vector<Image>& images);

}  // namespace nasnet::data
