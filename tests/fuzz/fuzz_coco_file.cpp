#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nasnet/base/error.h"
#include "nasnet/boxes/coco_file.h"

// A file of annotations, whose boxes are settled in an image of 100 x 80.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nasnet::boxes;
  Problems problems;
  DetectionImage image;
  image.width = 100;
  image.height = 80;
  try {
    const auto file = parse_coco({reinterpret_cast<const char*>(data), size}, "x.json", problems);
    if (!file) return 0;
    for (const CocoAnnotation& annotation : file->annotations) {
      Object object;
      object.written = annotation.box;
      settle(object, image, problems, [] { return "x"; });
      if (object.usable && !(object.box.area() > 0)) __builtin_trap();
    }
  } catch (const nasnet::Error&) {
  }
  return 0;
}
