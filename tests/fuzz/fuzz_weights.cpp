#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "nasnet/base/error.h"
#include "tests/fuzz/read_some.h"

// Any file as `nasnet import` opens it: the kinds that are zips are only read from files.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string path = "/tmp/fuzz-weights-" + std::to_string(::getpid());
  static const int cleaned = std::atexit([] { ::unlink(path.c_str()); });
  (void)cleaned;
  {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  }
  try {
    const auto file = nasnet::exchange::open_weight_file(path);
    nasnet::read_some(*file);
  } catch (const nasnet::Error&) {
  }
  return 0;
}
