#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"
#include "nasnet/data/image.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// A picture after decoding, or its fault.
struct Decoded {
  ImageSize original;           ///< before it was resized
  uint64_t content = 0;         ///< see content_of()
  std::vector<uint8_t> pixels;  ///< resized
  std::string fault;            ///< a sentence where it could not be read, else ""
};

struct DecodedImages {
  ImageSize size;               ///< of all of them, once resized
  std::vector<Decoded> images;  ///< in the order of the files
};

/// Throws InputError that names the first of the files, unless they are to be skipped.
void refuse_unreadable(const std::vector<Unreadable>& files, const std::string& source,
                       const DataOptions& options);

/// Decodes all pictures and resizes them to one size, on all cores, with progress. Unreadable ones
/// are an error that begins with `source`, or have a fault, as `options` say.
DecodedImages decode_all(const std::vector<const ImageFile*>& files, const DataOptions& options,
                         const std::string& source);

}  // namespace nasnet::data
