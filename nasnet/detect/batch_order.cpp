#include "nasnet/detect/batch_order.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "nasnet/base/random.h"

namespace nasnet::detect {
namespace {

bool is_portrait(const data::ImageSize& size) {
  return size.height > size.width;
}

}  // namespace

int64_t batches_per_epoch(int64_t pictures, int64_t batch) {
  return std::max<int64_t>(pictures / batch, 1);
}

std::vector<int64_t> batch_order(const PictureSource& pictures, int64_t batch, uint64_t seed,
                                 int64_t epoch) {
  std::vector<int64_t> shuffled(static_cast<size_t>(pictures.count));
  std::iota(shuffled.begin(), shuffled.end(), 0);
  shuffle(shuffled, Random(seed, static_cast<uint64_t>(epoch), "order of pictures"));
  std::vector<int64_t> order;
  // Places in `shuffled` of each kind that wait for their batch to be full.
  std::array<std::vector<size_t>, 2> waiting;
  const auto add = [&](const std::vector<size_t>& places, size_t count) {
    for (size_t k = 0; k < count; ++k) order.push_back(shuffled[places[k]]);
  };
  for (size_t place = 0; place < shuffled.size(); ++place) {
    std::vector<size_t>& kind = waiting[is_portrait(pictures.size(shuffled[place])) ? 1 : 0];
    kind.push_back(place);
    if (std::ssize(kind) < batch) continue;
    add(kind, kind.size());
    kind.clear();
  }
  std::vector<size_t> rest = waiting[0];
  rest.insert(rest.end(), waiting[1].begin(), waiting[1].end());
  // In the drawn order, so that neither kind is left out more often than the other.
  std::ranges::sort(rest);
  if (std::ssize(rest) >= batch || order.empty())
    add(rest, std::min(rest.size(), static_cast<size_t>(batch)));
  return order;
}

data::ImageSize largest_canvas(const PictureSource& pictures, int64_t batch) {
  struct Kind {
    int64_t count = 0;
    data::ImageSize canvas;

    void include(const data::ImageSize& size) {
      canvas = {std::max(canvas.height, size.height), std::max(canvas.width, size.width)};
    }
    int64_t pixels() const { return int64_t{canvas.height} * canvas.width; }
  };
  Kind kinds[2];
  for (int64_t k = 0; k < pictures.count; ++k) {
    const data::ImageSize size = pictures.size(k);
    Kind& kind = kinds[is_portrait(size) ? 1 : 0];
    ++kind.count;
    kind.include(canvas_of(size));
  }
  auto& [landscapes, portraits] = kinds;
  if (landscapes.count % batch + portraits.count % batch >= std::min(batch, pictures.count))
    landscapes.include(portraits.canvas);  // both may be in one batch
  return landscapes.pixels() > portraits.pixels() ? landscapes.canvas : portraits.canvas;
}

int64_t canvas_sizes(const PictureSource& pictures) {
  // A batch's canvas has the height of one of its pictures and the width of one.
  std::set<int> heights, widths;
  for (int64_t k = 0; k < pictures.count; ++k) {
    const data::ImageSize canvas = canvas_of(pictures.size(k));
    heights.insert(canvas.height);
    widths.insert(canvas.width);
  }
  return std::ssize(heights) * std::ssize(widths);
}

}  // namespace nasnet::detect
