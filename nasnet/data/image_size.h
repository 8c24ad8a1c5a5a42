#pragma once

#include <map>
#include <string>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

/// For --help, wherever the setting stands.
inline constexpr const char* kImageSizeHelp =
    "edge of the square that images are resized to; 0 keeps their own size where all share one of "
    "at most 96 pixels, and takes 32 where they do not";

/// The size that images of these sizes (with their numbers) are resized to: see kImageSizeHelp.
ImageSize choose_size(const std::map<ImageSize, int64_t>& sizes, int image_size);

/// One line about it, for the user: which size the data set's images have now, why, and what sets
/// another. `options` are those that it was loaded with.
std::string describe_size(const DataSet& data, const DataOptions& options);

}  // namespace nasnet::data
