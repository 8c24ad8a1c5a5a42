// Sizes of images by epoch: small first, as FFCV trains (libffcv/ffcv-imagenet), and as Touvron et
// al. 2019 found that networks are best used on larger images than they were trained on.

#include "nasnet/train/image_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/thread_pool.h"

namespace nasnet::train {
namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

/// Edge of "128" or "62.5%".
std::optional<int> edge_of(std::string_view text, int own_edge) {
  const bool relative = text.ends_with('%');
  if (relative) text.remove_suffix(1);
  const std::optional<double> value = number(text);
  if (!value || *value <= 0 || *value > 1e6) return {};
  if (!relative)
    return *value == std::floor(*value) ? std::optional(static_cast<int>(*value)) : std::nullopt;
  const int step = own_edge >= 128 ? 32 : 4;
  const auto steps = static_cast<int>(std::lround(*value / 100 * own_edge / step));
  return *value == 100 ? own_edge : std::max(steps, 1) * step;
}

}  // namespace

std::vector<SizeSpan> size_spans(const std::string& sizes, int own_edge, int64_t epochs) {
  if (sizes.empty()) return {{own_edge, epochs}};
  const auto fail = [&](const std::string& why) {
    return InputError(fmt::format(
        "--sizes {}: {}; write sizes and the shares of the epochs up to which each holds, as "
        "128:0.4,160 or 62.5%:0.8,75%",
        printable(sizes), why));
  };
  std::vector<SizeSpan> spans;
  std::istringstream list(sizes);
  double before = 0;
  int smaller = 0;
  bool ended = false;
  for (std::string piece; std::getline(list, piece, ',');) {
    if (ended) throw fail("a size without a share is the last");
    const size_t colon = piece.find(':');
    ended = colon == std::string::npos;
    const std::optional<int> edge = edge_of(piece.substr(0, colon), own_edge);
    if (!edge) throw fail(fmt::format("'{}' is no size", printable(piece.substr(0, colon))));
    if (*edge > own_edge)
      throw fail(
          fmt::format("{0}x{0} pixels are more than the network's {1}x{1}", *edge, own_edge));
    if (*edge < smaller) throw fail("images grow while a network is trained");
    const std::optional<double> share = ended ? 1 : number(piece.substr(colon + 1));
    if (!share || *share <= before || *share > 1 || (*share == 1 && !ended))
      throw fail("shares rise, between 0 and 1");
    before = *share;
    smaller = *edge;
    // 0.3 of 10 is a little less than 3.
    const auto last = static_cast<int64_t>(std::floor(*share * static_cast<double>(epochs) + 1e-9));
    if (!spans.empty() && spans.back().edge == *edge)
      spans.back().last_epoch = last;
    else if (last > (spans.empty() ? 0 : spans.back().last_epoch))
      spans.push_back({*edge, last});
  }
  if (!ended) throw fail("the last size has no share");
  return spans;
}

int size_of_epoch(const std::vector<SizeSpan>& spans, int64_t epoch) {
  const auto span =
      std::ranges::find_if(spans, [&](const SizeSpan& one) { return epoch < one.last_epoch; });
  NASNET_CHECK(span != spans.end(), "each epoch has a size");
  return span->edge;
}

std::string describe(const std::vector<SizeSpan>& spans, int own_edge) {
  std::string text;
  int64_t first = 1;
  for (const SizeSpan& span : spans) {
    text +=
        fmt::format("{0}{1}x{1}{2} in {3}{4} to {5}", first > 1 ? ", " : "", span.edge,
                    first > 1 ? "" : " pixels", first > 1 ? "" : "epochs ", first, span.last_epoch);
    first = span.last_epoch + 1;
  }
  return fmt::format("{0}; measured and used on {1}x{1}", text, own_edge);
}

data::ImageSet at_size(const data::ImageSet& images, int edge, const data::Preparation& preparation,
                       int threads) {
  data::ImageSet sized;
  sized.height = sized.width = edge;
  sized.channels = images.channels;
  sized.labels = images.labels;
  sized.contents = images.contents;
  sized.stored = images.stored;
  if (images.stored) return sized;
  // The part to use was cut out already.
  const data::Preparation rule{.resize = data::Resize::kStretch,
                               .interpolation = preparation.interpolation};
  sized.pixels.resize(images.labels.size() * sized.image_bytes());
  ThreadPool(threads).for_each(images.size(), [&](int64_t i, int) {
    const std::vector<uint8_t> pixels = data::resize_bytes(
        images.image(i), {images.height, images.width}, images.channels, {edge, edge}, rule);
    std::ranges::copy(pixels, sized.pixels.begin() + i * static_cast<int64_t>(sized.image_bytes()));
  });
  return sized;
}

}  // namespace nasnet::train
