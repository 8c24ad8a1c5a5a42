#include "nasnet/train/reestimate_norms.h"

#include <algorithm>
#include <cstring>

#include "nasnet/base/interrupt.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/progress.h"
#include "nasnet/network/contribution.h"

// Batches go round the processes; after each round all of them add up what it gave, in the batches'
// order, so that every process has the same sums.

namespace nasnet::train {
namespace {

std::vector<int64_t> evenly(const std::vector<int64_t>& indices, int64_t most) {
  const int64_t all = std::ssize(indices), count = std::min(all, most);
  std::vector<int64_t> some;
  for (int64_t i = 0; i < count; ++i) some.push_back(indices[i * all / count]);
  return some;
}

/// Sums of a batch's statistics, each times its images.
class Sums {
 public:
  void add(std::string_view bytes, double images) {
    if (bytes.empty()) return;
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    sums_.resize(values.size());
    for (size_t i = 0; i < values.size(); ++i) sums_[i] += images * values[i];
    images_ += images;
  }
  float mean(size_t i) const { return static_cast<float>(sums_[i] / images_); }

 private:
  std::vector<double> sums_;
  double images_ = 0;
};

std::string statistics_of(network::Network& network, const Tensor& images) {
  std::string bytes;
  for (const Tensor& one : network.batch_statistics(images)) bytes += bytes_of(one.row_major());
  return bytes;
}

}  // namespace

void reestimate_norms(network::Network& network, const data::ImageSet& images,
                      const std::vector<int64_t>& indices, const data::Normalization& normalization,
                      int64_t batch, group::Group* group) {
  const std::vector<int64_t> chosen = evenly(indices, kReestimatedImages);
  // Of equal size but for an image: a rest would be a batch with noisier statistics.
  const int64_t count = std::max<int64_t>(std::ssize(chosen) / batch, 1);
  const auto begin = [&](int64_t k) { return std::ssize(chosen) * k / count; };
  const int size = group ? group->size() : 1, rank = group ? group->rank() : 0;
  Progress progress("measuring batch norms", count, "batches");
  Sums sums;
  for (int64_t first = 0; first < count; first += size) {
    check_interrupt("stopped while measuring batch norms");
    std::string own;
    if (const int64_t k = first + rank; k < count) {
      data::Batches one(images, {chosen.begin() + begin(k), chosen.begin() + begin(k + 1)},
                        normalization, {.batch = begin(k + 1) - begin(k)});
      one.start(0);
      data::Batch made;
      // Images that cannot be read may be skipped, all of a batch too.
      if (one.next(made) && made.images.extent(0) > 0) own = statistics_of(network, made.images);
    }
    const std::vector<std::string> all =
        group ? group->gather(own) : std::vector<std::string>{std::move(own)};
    for (int64_t k = first; k < std::min(first + size, count); ++k)
      sums.add(all[k - first], static_cast<double>(begin(k + 1) - begin(k)));
    progress.update(std::min(first + size, count));
  }
  std::vector<Tensor> tensors = network.tensors();
  size_t next = 0;
  for (const size_t i : network::running_statistics(network.graph()))
    for (float& value : tensors[i].change()) value = sums.mean(next++);
  network.set_tensors(tensors);
}

}  // namespace nasnet::train
