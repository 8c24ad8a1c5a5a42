#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nasnet/data/image.h"

// Made by make_augment_goldens.py with TensorFlow 2.15, torchvision 0.29 and timm 1.0.

namespace nasnet::data {

/// Of every colour, without symmetry.
inline Image make_picture(int width, int height) {
  Image image{height, width, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.pixels.push_back(
            static_cast<uint8_t>((x * 7 + y * 13 + c * 50 + x * y % 31 * 3) % 230 + 10));
  return image;
}

/// hash64() of the bytes of a 37 x 29 picture after each operation with each magnitude of
/// torchvision's spaces, both directions side by side.
inline const std::map<std::string, uint64_t> kPolicyHashes = {
    {"trivial Identity", 0xfd9593d04fa65b13},     {"trivial ShearX", 0x884d8f5c76eba194},
    {"trivial ShearY", 0x5f7511d88c5aafb9},       {"trivial TranslateX", 0xb8f4b7e701f61747},
    {"trivial TranslateY", 0xa98b79b7cc03e76a},   {"trivial Rotate", 0xc1441196875950bd},
    {"trivial Brightness", 0x1d751147b4036ebc},   {"trivial Color", 0x87525304c6883813},
    {"trivial Contrast", 0xc665a4d4489d0927},     {"trivial Sharpness", 0x1e7f6fca4a5cfc36},
    {"trivial Posterize", 0x431626c887dac9f3},    {"trivial Solarize", 0x6c3425c21b6030ac},
    {"trivial AutoContrast", 0xfc9c3e09161b28bb}, {"trivial Equalize", 0x064ce8d65f579de6},
    {"rand Identity", 0xfd9593d04fa65b13},        {"rand ShearX", 0xa6965661c7bc262f},
    {"rand ShearY", 0x2fadfd3bd3e351d7},          {"rand TranslateX", 0x62a6766c8586c303},
    {"rand TranslateY", 0x48295a7cd343dbee},      {"rand Rotate", 0x4e226b031b69d921},
    {"rand Brightness", 0x7672883e7e07305c},      {"rand Color", 0xc970097fd30f24f8},
    {"rand Contrast", 0x1ce45bcdb537da18},        {"rand Sharpness", 0xd2c8cdf413818a6b},
    {"rand Posterize", 0xd7e90070bd9461bb},       {"rand Solarize", 0x6c3425c21b6030ac},
    {"rand AutoContrast", 0xfc9c3e09161b28bb},    {"rand Equalize", 0x064ce8d65f579de6},
};

/// Of a 500 x 375 picture after timm's transform for evaluation, as bytes.
inline const std::map<std::string, uint64_t> kTimmHashes = {
    {"timm 224", 0x3418ae31dd19ae14},
    {"timm 331", 0xadc7b49317d31f21},
};

/// Six pixels after tf.image's changes of their colours.
inline const std::vector<float> kColours = {0.8f, 0.4f, 0.2f, 0.1f, 0.5f,  0.9f,
                                            0.3f, 0.3f, 0.3f, 1.1f, 0.05f, -0.1f,
                                            0.2f, 0.7f, 0.6f, 0.9f, 0.1f,  0.85f};
inline const std::map<std::string, std::vector<float>> kChangedColours = {
    {"saturation 0.5",
     {0.800000f, 0.600000f, 0.500000f, 0.500000f, 0.700000f, 0.900000f, 0.300000f, 0.300000f,
      0.300000f, 1.100000f, 0.575000f, 0.500000f, 0.450000f, 0.700000f, 0.650000f, 0.900000f,
      0.500000f, 0.875000f}},
    {"saturation 1.5",
     {0.800000f, 0.266667f, 0.000000f, 0.000000f, 0.450000f, 0.900000f, 0.300000f, 0.300000f,
      0.300000f, 1.100000f, 0.137500f, 0.000000f, 0.000000f, 0.700000f, 0.560000f, 0.900000f,
      0.000000f, 0.843750f}},
    {"hue 0.1",
     {0.800000f, 0.760000f, 0.200000f, 0.180000f, 0.100000f, 0.900000f, 0.300000f, 0.300000f,
      0.300000f, 1.100000f, 0.770000f, -0.100000f, 0.200000f, 0.500000f, 0.700000f, 0.900000f,
      0.100000f, 0.370000f}},
    {"hue -0.2",
     {0.800000f, 0.200000f, 0.720000f, 0.100000f, 0.900000f, 0.340000f, 0.300000f, 0.300000f,
      0.300000f, 1.010000f, -0.100000f, 1.100000f, 0.400000f, 0.700000f, 0.200000f, 0.100000f,
      0.210000f, 0.900000f}},
    {"contrast 1.5",
     {0.916667f, 0.429167f, 0.070833f, -0.133333f, 0.579167f, 1.120833f, 0.166667f, 0.279167f,
      0.220833f, 1.366667f, -0.095833f, -0.379167f, 0.016667f, 0.879167f, 0.670833f, 1.066667f,
      -0.020833f, 1.045833f}},
    {"brightness -0.1",
     {0.700000f, 0.300000f, 0.100000f, 0.000000f, 0.400000f, 0.800000f, 0.200000f, 0.200000f,
      0.200000f, 1.000000f, -0.050000f, -0.200000f, 0.100000f, 0.600000f, 0.500000f, 0.800000f,
      0.000000f, 0.750000f}},
};

}  // namespace nasnet::data
