#include <cstddef>
#include <cstdint>
#include <memory>

#include "nasnet/base/error.h"
#include "nasnet/exchange/pickle.h"
#include "tests/fuzz/read_some.h"

// A pickle as in PyTorch's zip, and the stream of pickles of older files.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const nasnet::exchange::Pickle pickle = nasnet::exchange::unpickle(std::string(bytes), "x.pth");
    nasnet::exchange::tensors_of(pickle, "x.pth");
  } catch (const nasnet::Error&) {
  }
  try {
    const auto file =
        nasnet::exchange::open_pickle(std::make_unique<nasnet::MemoryBytes>(bytes, "x.pth"));
    nasnet::read_some(*file);
  } catch (const nasnet::Error&) {
  }
  return 0;
}
