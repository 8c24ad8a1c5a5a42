#include "nasnet/data/measure_loading.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/names.h"
#include "nasnet/data/batches.h"
#include "nasnet/data/image_size.h"
#include "nasnet/data/input_images.h"
#include "nasnet/data/stored_images.h"

// The parts of the way are measured by themselves, and the way as a training's batches go it.
// Rounds go from picture to picture through all parts, so that a busy moment of the machine falls
// upon all of them.

namespace nasnet::data {
namespace {

constexpr int kRounds = 3;
constexpr int64_t kBatch = 32;
/// So many pictures are measured, however long they take.
constexpr int64_t kLeastImages = 8;
constexpr int kUsualEdge = 224;

double seconds_of(clockid_t clock) {
  timespec now;
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Seconds of this thread on its processor.
double processor_seconds() {
  return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double clock_seconds() {
  return seconds_of(CLOCK_MONOTONIC);
}

/// The seconds of a round over all pictures.
struct Round {
  double reading = 0, decoding = 0, way = 0;
};

/// A fixed shuffle of the tree's pictures, as a training would meet them.
std::vector<const ImageFile*> shuffled(const ImageTree& tree) {
  std::vector<const ImageFile*> files;
  for (const ImageFile& file : tree.images) files.push_back(&file);
  std::sort(files.begin(), files.end(),
            [](const ImageFile* a, const ImageFile* b) { return a->path < b->path; });
  shuffle(files, Random(0, 0, "measure loading"));
  return files;
}

class LoadingMeasurer {
 public:
  explicit LoadingMeasurer(const LoadingSettings& settings)
      : settings_(settings), until_(clock_seconds() + settings.seconds / (kRounds + 2)) {
    augmentation_.flip = true;
    augmentation_.laws.crop = settings.crop;
  }

  /// Reads and decodes pictures until their share of the time is over.
  void choose(const std::vector<const ImageFile*>& files, const std::string& source) {
    stored_ = std::make_shared<StoredImages>(source, settings_.preparation,
                                             StoredImages::OnFault::kThrow);
    std::map<ImageSize, int64_t> sizes;
    for (const ImageFile* file : files) {
      const int64_t count = stored_->size() + std::ssize(costs_.unreadable);
      if (count >= settings_.images || (count >= kLeastImages && clock_seconds() > until_)) break;
      check_interrupt("stopped while measuring");
      try {
        const double clock = clock_seconds();
        const std::string bytes = file->read();
        costs_.first_reading += clock_seconds() - clock;
        const Image image = decode(bytes, file->path);
        ++sizes[{image.height, image.width}];
        costs_.bytes += static_cast<double>(bytes.size());
        costs_.height += image.height;
        costs_.width += image.width;
      } catch (const InputError& error) {
        if (!settings_.skip_unreadable)
          throw InputError(fmt::format("{}: {}; with --skip-unreadable such files are left out",
                                       printable(source), error.what()));
        costs_.unreadable.push_back({file->path, error.what()});
        continue;
      }
      stored_->add(*file);
    }
    if (stored_->size() == 0)
      throw InputError(fmt::format("{}: none of {} pictures can be read: {}", printable(source),
                                   costs_.unreadable.size(), costs_.unreadable[0].why));
    costs_.to = choose_size(sizes, settings_.image_size);
    const bool own = sizes.size() == 1 && sizes.begin()->first == costs_.to;
    if (settings_.image_size == 0 && !own) costs_.to = {kUsualEdge, kUsualEdge};
  }

  LoadingCosts measure() {
    const int64_t count = stored_->size();
    ImageSet images{costs_.to.height, costs_.to.width, 3};
    images.stored = stored_;
    images.labels.resize(count);
    images.contents.resize(count);
    const Normalization normalization{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
    const InputImages inputs(images, normalization, augmentation_);
    std::vector<float> values(images.image_bytes());
    Round rounds[kRounds];
    for (int round = 0; round < kRounds; ++round)
      for (int64_t i = 0; i < count; ++i) {
        check_interrupt("stopped while measuring");
        const double begin = processor_seconds();
        const std::string bytes = stored_->file(i).read();
        const double read = processor_seconds();
        decode(bytes, stored_->path(i));
        const double decoded = processor_seconds();
        inputs.write(i, {0, round}, values.data());
        rounds[round].reading += read - begin;
        rounds[round].decoding += decoded - read;
        rounds[round].way += processor_seconds() - decoded;
      }
    const auto milliseconds = [&](double Round::*part) {
      std::vector<double> times;
      for (const Round& round : rounds)
        times.push_back(1e3 * round.*part / static_cast<double>(count));
      std::sort(times.begin(), times.end());
      return times[kRounds / 2];
    };
    costs_.images = count;
    costs_.reading = milliseconds(&Round::reading);
    costs_.decoding = milliseconds(&Round::decoding);
    costs_.way = milliseconds(&Round::way);
    costs_.first_reading *= 1e3;
    for (double* sum : {&costs_.first_reading, &costs_.bytes, &costs_.height, &costs_.width})
      *sum /= static_cast<double>(count);
    costs_.images_per_second = measure_batches(images, normalization);
    return std::move(costs_);
  }

 private:
  /// Whole epochs, until they have taken their share of the time.
  double measure_batches(const ImageSet& images, const Normalization& normalization) const {
    Batches batches(images, normalization,
                    {.batch = std::min(kBatch, images.size()),
                     .shuffle = true,
                     .augmentation = augmentation_,
                     .threads = settings_.threads});
    const double begin = clock_seconds();
    int64_t made = 0;
    double passed = 0;
    for (int64_t epoch = 0; epoch == 0 || passed < settings_.seconds / (kRounds + 2); ++epoch) {
      batches.start(epoch);
      for (Batch batch; batches.next(batch); made += std::ssize(batch.labels))
        check_interrupt("stopped while measuring");
      passed = clock_seconds() - begin;
    }
    return static_cast<double>(made) / passed;
  }

  const LoadingSettings& settings_;
  double until_;
  Augmentation augmentation_;
  std::shared_ptr<StoredImages> stored_;
  LoadingCosts costs_;
};

}  // namespace

LoadingCosts measure_loading(const ImageTree& tree, const std::string& source,
                             const LoadingSettings& settings) {
  if (tree.images.empty())
    throw InputError(fmt::format("{} holds no images ({})", printable(source), picture_kinds()));
  LoadingMeasurer measurer(settings);
  measurer.choose(shuffled(tree), source);
  return measurer.measure();
}

}  // namespace nasnet::data
