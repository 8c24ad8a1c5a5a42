#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nasnet/base/error.h"
#include "nasnet/boxes/yolo_labels.h"
#include "nasnet/boxes/yolo_yaml.h"

// The first byte says whether the rest is a data.yaml or a text of boxes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    if (data[0] % 2 == 0) {
      nasnet::boxes::parse_yolo_yaml(text, "data.yaml");
    } else {
      nasnet::boxes::parse_yolo_labels(text, "x.txt");
    }
  } catch (const nasnet::Error&) {
  }
  return 0;
}
