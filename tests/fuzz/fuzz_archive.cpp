#include <cstddef>
#include <cstdint>

#include "nasnet/base/error.h"
#include "nasnet/data/image_tree.h"
#include "tests/fuzz/memory_file.h"

// An archive of images, member by member.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    nasnet::data::ImageTree tree = nasnet::data::list_images(nasnet::memory_file(data, size));
    nasnet::data::compose_folders(tree);
    for (const auto* files : {&tree.images, &tree.lists}) {
      for (const nasnet::data::ImageFile& image : *files) {
        try {
          image.read();
        } catch (const nasnet::Error&) {
        }
      }
    }
  } catch (const nasnet::Error&) {
  }
  return 0;
}
