#include "nasnet/data/decode_all.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/image.h"

namespace nasnet::data {
namespace {

/// Pictures of one size up to this edge keep it when no size is asked for.
constexpr int kLargestKeptEdge = 96;
constexpr int kDefaultEdge = 32;

/// What became of one picture.
struct Slot {
  ImageSize size;
  std::vector<uint8_t> pixels;
  std::string fault;
};

/// Calls work(i) for all i below `count` on all cores, showing progress.
template <class Work>
void for_all(const char* title, size_t count, const Work& work) {
  Progress progress(title, static_cast<int64_t>(count), "images");
  std::atomic<size_t> next = 0, done = 0;
  std::atomic<bool> stop = false;
  std::exception_ptr failure;
  std::mutex mutex;
  const auto run = [&](bool shows) {
    for (size_t i; !stop && (i = next++) < count;) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        stop = true;
      }
      ++done;
      if (!shows) continue;
      progress.update(static_cast<int64_t>(done));
      if (interrupted()) stop = true;
    }
  };
  std::vector<std::thread> helpers;
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  for (unsigned i = 1; i < cores; ++i) helpers.emplace_back(run, false);
  run(true);
  for (std::thread& helper : helpers) helper.join();
  check_interrupt("stopped while reading images");
  if (failure) std::rethrow_exception(failure);
}

/// The first fault ends the loading, unless such files are to be skipped.
template <class Work>
void guarded(Slot& slot, const Work& work) {
  if (!slot.fault.empty()) return;
  try {
    work();
  } catch (const Error& error) {
    slot.fault = error.what();
  }
}

void settle_faults(const std::vector<DecodeTask>& tasks, const std::vector<Slot>& slots,
                   const DataOptions& options, const std::string& source) {
  if (options.skip_unreadable) return;
  size_t count = 0;
  for (const Slot& slot : slots) count += !slot.fault.empty();
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (slots[i].fault.empty()) continue;
    throw InputError(fmt::format(
        "{}: {}{}; remove what cannot be read, or leave it out with --skip-unreadable", source,
        slots[i].fault,
        count > 1 ? fmt::format(" (and {} more; `nasnet data` lists all)", count - 1) : ""));
  }
}

ImageSize choose_size(const std::map<ImageSize, int64_t>& sizes, const DataOptions& options) {
  if (options.image_size > 0) return {options.image_size, options.image_size};
  if (sizes.size() == 1) {
    const ImageSize only = sizes.begin()->first;
    if (std::max(only.height, only.width) <= kLargestKeptEdge) return only;
  }
  return {kDefaultEdge, kDefaultEdge};
}

}  // namespace

void decode_all(const std::vector<DecodeTask>& tasks, const DataOptions& options, DataSet& data) {
  std::vector<Slot> slots(tasks.size());
  for_all("looking at images", tasks.size(), [&](size_t i) {
    guarded(slots[i],
            [&] { slots[i].size = peek_size(tasks[i].file->read(), tasks[i].file->path); });
  });
  std::map<ImageSize, int64_t> sizes;
  for (const Slot& slot : slots)
    if (slot.fault.empty()) ++sizes[slot.size];
  const ImageSize size = choose_size(sizes, options);
  for_all("reading images", tasks.size(), [&](size_t i) {
    guarded(slots[i], [&] {
      const Image image = decode(tasks[i].file->read(), tasks[i].file->path);
      slots[i].pixels = resize(image, size.width, size.height, options.central).pixels;
    });
  });
  settle_faults(tasks, slots, options, data.source);

  for (ImageSet* set : {&data.train, &data.test}) {
    set->height = size.height;
    set->width = size.width;
    set->channels = 3;
  }
  std::vector<int64_t> left(data.classes.size(), 0);
  for (size_t i = 0; i < tasks.size(); ++i) {
    Slot& slot = slots[i];
    if (!slot.fault.empty()) {
      data.unreadable.push_back({tasks[i].file->path, slot.fault});
      continue;
    }
    ImageSet& set = tasks[i].test ? data.test : data.train;
    set.pixels.insert(set.pixels.end(), slot.pixels.begin(), slot.pixels.end());
    set.labels.push_back(tasks[i].label);
    if (!tasks[i].test) ++left[static_cast<size_t>(tasks[i].label)];
    slot.pixels = {};
  }
  for (size_t k = 0; k < left.size(); ++k)
    if (left[k] == 0)
      throw InputError(fmt::format("{}: class '{}' has no readable training images", data.source,
                                   data.classes[k]));
  for (const auto& [one, count] : sizes)
    data.original_sizes.emplace_back(fmt::format("{}x{}", one.width, one.height), count);
  std::stable_sort(data.original_sizes.begin(), data.original_sizes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
}

}  // namespace nasnet::data
