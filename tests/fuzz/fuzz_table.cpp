#include <cstddef>
#include <cstdint>

#include "nasnet/base/error.h"
#include "nasnet/search/evaluators/table.h"
#include "tests/fuzz/memory_file.h"

// The table of NAS-Bench-201 as CSV, packed or not.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const nasnet::search::Table table(nasnet::memory_file(data, size));
    if (table.size() > nasnet::space::Nasbench201Space::kCells) __builtin_trap();
  } catch (const nasnet::Error&) {
  }
  return 0;
}
