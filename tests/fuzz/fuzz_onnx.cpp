#include <cstddef>
#include <cstdint>

#include "nasnet/base/error.h"
#include "nasnet/exchange/onnx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const nasnet::exchange::OnnxModel model = nasnet::exchange::read_onnx(bytes, "x.onnx");
    // A model that was read can be written, and read again.
    nasnet::exchange::read_onnx(nasnet::exchange::write_onnx(model), "again.onnx");
  } catch (const nasnet::Error&) {
  }
  return 0;
}
