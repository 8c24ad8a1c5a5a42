#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nasnet/base/error.h"
#include "nasnet/data/idx.h"

// The first two bytes split the input into the file of images and that of labels.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t split = all.size() * (size_t{data[0]} * 256 + data[1]) / 65535;
  try {
    nasnet::data::parse_idx(all.substr(0, split), "images", all.substr(split), "labels", 10);
  } catch (const nasnet::Error&) {
  }
  return 0;
}
