#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "nasnet/base/error.h"
#include "nasnet/data/image_tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("archive", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (ftruncate(file, static_cast<off_t>(size)) != 0 ||
      pwrite(file, data, size, 0) != static_cast<ssize_t>(size))
    __builtin_trap();
  try {
    nasnet::data::ImageTree tree = nasnet::data::list_images(path);
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
