#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nasnet/base/error.h"
#include "nasnet/data/cifar.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  nasnet::data::ImageSet images;
  try {
    if (data[0] % 2 == 0) {
      nasnet::data::parse_cifar(bytes, "file", 1, 10, images);
    } else {
      nasnet::data::parse_cifar(bytes, "file", 2, 100, images);
    }
  } catch (const nasnet::Error&) {
  }
  return 0;
}
