#include <cstddef>
#include <cstdint>
#include <cstdlib>
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
    for (const auto& [how, name] : names_of(nasnet::data::Resize{}))
      for (const auto& [interpolation, filter] : names_of(nasnet::data::Interpolation{}))
        nasnet::data::resize(image, {5, 7}, {how, interpolation});
  } catch (const nasnet::Error&) {
  }
  return 0;
}
