#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "nasnet/base/error.h"
#include "nasnet/data/preparation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const nasnet::data::ImageSize peeked = nasnet::data::peek_size(bytes, "file");
    // Large pictures are allowed, but too slow to fuzz.
    if (int64_t{peeked.height} * peeked.width > 1 << 18) return 0;
    const nasnet::data::Image image = nasnet::data::decode(bytes, "file");
    if (nasnet::data::ImageSize{image.height, image.width} != peeked) std::abort();
    if (image.pixels.size() != size_t{3} * image.height * image.width) std::abort();
    // A part, anywhere, is that of the whole.
    const auto within = [&](int edge, int salt) { return static_cast<int>(size * salt % edge); };
    const nasnet::data::Rect part = {within(peeked.height, 7), within(peeked.width, 11),
                                     1 + within(peeked.height - within(peeked.height, 7), 13),
                                     1 + within(peeked.width - within(peeked.width, 11), 17)};
    const nasnet::data::Image piece =
        nasnet::data::decode_part(bytes, "file", [&](nasnet::data::ImageSize) { return part; });
    // libde265 makes something else of the same damaged HEIC each time.
    const bool again_the_same = bytes.substr(0, 2) == "\xff\xd8";
    for (int y = 0; y < part.height && again_the_same; ++y)
      if (std::memcmp(piece.pixels.data() + int64_t{3} * y * part.width,
                      image.pixels.data() + int64_t{3} * ((part.top + y) * image.width + part.left),
                      int64_t{3} * part.width) != 0)
        std::abort();
    for (const auto& [how, name] : names_of(nasnet::data::Resize{}))
      for (const auto& [interpolation, filter] : names_of(nasnet::data::Interpolation{}))
        nasnet::data::resize(image, {5, 7}, {how, interpolation});
  } catch (const nasnet::Error&) {
  }
  return 0;
}
