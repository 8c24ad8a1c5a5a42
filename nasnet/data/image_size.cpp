#include "nasnet/data/image_size.h"

#include <fmt/format.h>

#include <algorithm>

// A network takes images of one size. Small pictures of one size are mostly made for networks and
// keep it; for all others a size is taken that a laptop can train on (docs/data.md).

namespace nasnet::data {
namespace {

constexpr int kDefaultEdge = 32;

}  // namespace

ImageSize choose_size(const std::map<ImageSize, int64_t>& sizes, int image_size) {
  if (image_size > 0) return {image_size, image_size};
  if (sizes.size() == 1) {
    const ImageSize only = sizes.begin()->first;
    if (std::max(only.height, only.width) <= kLargestKeptEdge) return only;
  }
  return {kDefaultEdge, kDefaultEdge};
}

std::string describe_size(const DataSet& data, const DataOptions& options) {
  const std::string size = fmt::format("{} x {} pixels", data.train.width, data.train.height);
  const auto& sizes = data.original_sizes;
  const char* const when = data.train.stored ? "; each is decoded when it is wanted" : "";
  if (sizes.size() == 1 &&
      sizes[0].first == fmt::format("{}x{}", data.train.width, data.train.height))
    return fmt::format("images of {}, their own size{}", size, when);
  const Resize how = options.preparation.resize;
  const std::string way = how == Resize::kCrop      ? "cut to its shape at both sides"
                          : how == Resize::kStretch ? "stretched to its shape"
                                                    : "with black borders";
  const std::string why =
      options.image_size > 0 ? "as --image-size says"
      : sizes.size() > 1
          ? fmt::format("since they have {} sizes, {} most often", sizes.size(), sizes[0].first)
      : sizes.empty()
          ? "since none was asked for"
          : fmt::format("since {} is more than {} pixels", sizes[0].first, kLargestKeptEdge);
  return fmt::format("images resized to {}, {}, {} (--image-size, --resize){}", size, why, way,
                     when);
}

}  // namespace nasnet::data
