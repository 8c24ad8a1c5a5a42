#pragma once

#include <map>
#include <string>

#include "nasnet/base/settings.h"
#include "nasnet/data/dataset.h"

namespace nasnet::data {

/// The settings of every verb that reads a data set, each declared here alone.
template <class Visitor>
Setting& visit_image_size(Visitor& v, int& image_size) {
  return v("image_size", image_size,
           "edge of the square that images are resized to; 0 keeps their own size where all share "
           "one of at most 96 pixels, and takes 32 where they do not",
           Range{0, 1024});
}
template <class Visitor>
void visit_skip_unreadable(Visitor& v, bool& skip_unreadable) {
  v("skip_unreadable", skip_unreadable, "leave out image files that cannot be read");
}

/// Pictures of one size up to this edge keep it when no size is asked for.
inline constexpr int kLargestKeptEdge = 96;

/// The size that images of these sizes (with their numbers) are resized to: see visit_image_size.
ImageSize choose_size(const std::map<ImageSize, int64_t>& sizes, int image_size);

/// One line for the user: the size that the data set's images have now, why, and the flag that sets
/// another. `options` are those that it was loaded with.
std::string describe_size(const DataSet& data, const DataOptions& options);

}  // namespace nasnet::data
