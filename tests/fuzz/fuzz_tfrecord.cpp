#include <cstddef>
#include <cstdint>

#include "nasnet/base/error.h"
#include "nasnet/data/tfrecord.h"
#include "tests/data/make_tfrecord.h"
#include "tests/fuzz/memory_file.h"

// The first byte says if the rest is a file, or the content of a record whose checksums are right.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nasnet::data;
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) bytes = make_record(bytes);
  try {
    const std::string file =
        nasnet::memory_file(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    TfRecordStore store(file, nasnet::OpenFile(file).stamp());
    std::vector<uint64_t> keys;
    read_tfrecord(file, store, [&](const TfExample& example) {
      if (example.key) keys.push_back(*example.key);
    });
    for (const uint64_t key : keys) {
      store.beginning(key, 10, "x");
      store.read(key, 1 << 20, "x");
    }
  } catch (const nasnet::Error&) {
  }
  return 0;
}
