#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nasnet/base/error.h"
#include "nasnet/boxes/voc_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    nasnet::boxes::parse_voc({reinterpret_cast<const char*>(data), size}, "x.xml");
  } catch (const nasnet::Error&) {
  }
  return 0;
}
