#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nasnet/base/error.h"
#include "nasnet/space/json.h"

// A genotype that was read must be the same once written and read again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const nasnet::space::Genotype genotype = nasnet::space::parse_genotype(
        std::string_view(reinterpret_cast<const char*>(data), size), "file");
    const std::string text = nasnet::space::format_genotype(genotype);
    if (!(nasnet::space::parse_genotype(text, "again") == genotype)) __builtin_trap();
  } catch (const nasnet::Error&) {
  }
  return 0;
}
