#include "nasnet/search/evaluators/child_split.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"

namespace nasnet::search {

ProxySplit split_for_proxy(const data::ImageSet& images, const ChildSettings& settings,
                           uint64_t study_seed) {
  if (settings.validation_images >= images.size())
    throw InputError(
        fmt::format("--validation-images is {}, but the data set has only {} training "
                    "images; choose fewer",
                    settings.validation_images, images.size()));
  std::vector<int64_t> order(images.size());
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, Random(study_seed, 0, "proxy split"));
  const auto middle = order.begin() + settings.validation_images;
  ProxySplit split{{middle, order.end()}, {order.begin(), middle}};
  if (!images.contents.empty()) {
    const auto content = [&](int64_t i) { return images.contents[i]; };
    std::unordered_set<uint64_t> measured;
    for (const int64_t i : split.validation) measured.insert(content(i));
    split.copies = static_cast<int64_t>(
        std::erase_if(split.train, [&](int64_t i) { return measured.contains(content(i)); }));
  }
  if (split.train.empty())
    throw InputError(fmt::format(
        "--validation-images is {}: all other training images equal one of them; choose fewer",
        settings.validation_images));
  const int64_t wanted = settings.train_images;
  if (wanted > 0 && wanted < std::ssize(split.train)) split.train.resize(wanted);
  return split;
}

}  // namespace nasnet::search
