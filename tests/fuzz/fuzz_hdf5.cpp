#include <cstddef>
#include <cstdint>
#include <memory>

#include "nasnet/base/error.h"
#include "tests/fuzz/read_some.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto file =
        nasnet::exchange::open_hdf5(std::make_unique<nasnet::MemoryBytes>(bytes, "x.h5"));
    nasnet::read_some(*file);
  } catch (const nasnet::Error&) {
  }
  return 0;
}
