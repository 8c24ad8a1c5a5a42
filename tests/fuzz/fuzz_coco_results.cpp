#include <cstddef>
#include <cstdint>

#include "nasnet/base/error.h"
#include "nasnet/boxes/coco_metric.h"
#include "tests/fuzz/memory_file.h"

// Annotations and results of COCO's form, split at the first zero byte, and the metric on both.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  size_t middle = 0;
  while (middle < size && data[middle] != 0) ++middle;
  try {
    const nasnet::boxes::Truth truth = nasnet::boxes::read_truth(nasnet::memory_file(data, middle));
    const size_t rest = middle < size ? middle + 1 : size;
    nasnet::boxes::Detections found =
        nasnet::boxes::read_detections(nasnet::memory_file(data + rest, size - rest), truth);
    const double ap = nasnet::boxes::measure(truth, std::move(found.found)).numbers().ap;
    if (ap > 1) __builtin_trap();
  } catch (const nasnet::Error&) {
  }
  return 0;
}
