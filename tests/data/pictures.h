#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nasnet/data/image.h"
#include "tests/data/with_pillow.h"

namespace nasnet::data {

/// A folder of pictures to be read as Pillow reads them.
class Pictures : public WithPillow {
 protected:
  /// Compares all of them: size, pixels, and what Pillow refuses is refused.
  void expect_as_pillow(size_t least) const {
    run("pillow_decode.py");
    const auto sizes = nlohmann::json::parse(read("sizes.json"));
    EXPECT_GE(sizes.size(), least);
    for (const auto& [name, size] : sizes.items()) {
      const std::string bytes = read(name);
      if (size.is_null()) {
        EXPECT_NE(refusal([&, &file = name] { decode(bytes, file); }), "") << name;
        continue;
      }
      const Image image = decode(bytes, name);
      const ImageSize expected{size[1], size[0]};
      EXPECT_EQ((ImageSize{image.height, image.width}), expected) << name;
      EXPECT_EQ(peek_size(bytes, name), expected) << name;
      const std::string pixels = read(name + ".rgb");
      ASSERT_EQ(image.pixels.size(), pixels.size()) << name;
      int most = 0;
      for (size_t i = 0; i < pixels.size(); ++i)
        most = std::max(most, std::abs(image.pixels[i] - static_cast<uint8_t>(pixels[i])));
      EXPECT_LE(most, 1) << name;  // of how 16 bits and alpha are rounded
    }
  }
};

}  // namespace nasnet::data
