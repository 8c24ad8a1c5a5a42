#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"
#include "nasnet/data/image.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// A picture that has been looked at, or its fault.
struct ReadImage {
  ImageSize original;           ///< before it was resized; none where it was not asked for
  uint64_t content = 0;         ///< see content_of(), and content_of_file()
  std::vector<uint8_t> pixels;  ///< resized; none of a picture that stays in its file
  std::string fault;            ///< a sentence where it could not be read, else ""
};

struct ReadImages {
  ImageSize size;                 ///< of all of them, once resized
  std::vector<ReadImage> images;  ///< in the order of the files
};

/// True if all of them, decoded and resized, are within options.hold. Where that depends on their
/// headers, `read` gets what those say.
bool can_be_held(const std::vector<const ImageFile*>& files, const DataOptions& options,
                 ReadImages& read);

/// Throws InputError that names the first of the files, unless they are to be skipped.
void refuse_unreadable(const std::vector<Unreadable>& files, const std::string& source,
                       const DataOptions& options);

/// Decodes all pictures and resizes them to one size, on all cores, with progress. Unreadable ones
/// are an error that begins with `source`, or have a fault, as `options` say.
ReadImages decode_all(const std::vector<const ImageFile*>& files, const DataOptions& options,
                      const std::string& source);

/// Reads no more than their sizes of pictures that stay in their files; `read` is can_be_held()'s.
ReadImages look_at_all(const std::vector<const ImageFile*>& files, const DataOptions& options,
                       const std::string& source, ReadImages read);

}  // namespace nasnet::data
