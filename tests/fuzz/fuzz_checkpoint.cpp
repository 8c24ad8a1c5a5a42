#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "nasnet/base/error.h"
#include "nasnet/exchange/tensorflow_file.h"
#include "tests/exchange/make_table.h"
#include "tests/fuzz/read_some.h"

// A checkpoint of TensorFlow: a byte for its kind, two for the length of its index, the index, the
// data. A fuzzer does not find checksums: of the second kind the index is one block, which gets its
// own. Data without them are texts, as the names of objects.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::string front(rest.substr(0, data[1] | data[2] << 8));
  const std::string values(rest.substr(front.size()));
  const std::string index = data[0] % 2 == 0 ? front : nasnet::exchange::make_table(front);
  try {
    const auto file = nasnet::exchange::open_checkpoint(
        {"x", [&](const std::string& ending) -> std::unique_ptr<nasnet::ByteSource> {
           return std::make_unique<nasnet::MemoryBytes>(ending == ".index" ? index : values);
         }});
    nasnet::read_some(*file);
  } catch (const nasnet::Error&) {
  }
  return 0;
}
